import { postgresPlace } from "./postgres_place.ts";
import { skip, startPostgres } from "./postgres_server.ts";
import { storeTests } from "./store_tests.ts";

const { server } = await startPostgres();

if (server) {
  storeTests("PostgresStore", (clock) => postgresPlace(server, clock));
} else {
  skip("PostgresStore", "PostgreSQL is not installed");
}
