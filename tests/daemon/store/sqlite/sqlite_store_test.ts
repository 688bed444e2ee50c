import { sqlitePlace } from "../../../helpers/store/sqlite_place.ts";
import { storeTests } from "../contract/store.ts";

storeTests("SqliteStore", sqlitePlace);
