import { sqlitePlace } from "../sqlite_place.ts";
import { storeTests } from "../contract/store.ts";

storeTests("SqliteStore", sqlitePlace);
