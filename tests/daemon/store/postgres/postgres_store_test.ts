import { postgresPlace } from "../../../helpers/store/postgres_place.ts";
import { skip, startPostgres } from "../../../helpers/store/postgres_server.ts";
import { storeTests } from "../contract/store.ts";

const { server } = await startPostgres();

if (server) {
  storeTests("PostgresStore", (clock) => postgresPlace(server, clock));
} else {
  skip("PostgresStore", "PostgreSQL is not installed");
}
