import { sqlitePlace } from "./sqlite_place.ts";
import { storeTests } from "./store_tests.ts";

storeTests("SqliteStore", sqlitePlace);
