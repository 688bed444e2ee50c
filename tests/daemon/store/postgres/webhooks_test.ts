import { assertEquals } from "@std/assert";
import { openPostgresStore } from "../../../../daemon/store/postgres/postgres_store.ts";
import { systemClock } from "../../../../mod.ts";
import { pauseStoreTests } from "../contract/pause_store.ts";
import { postgresPlace } from "../../../helpers/store/postgres_place.ts";
import { startPostgres } from "../../../helpers/store/postgres_server.ts";
import {
  addTo,
  endpointOf,
  webhookStoreTests,
} from "../contract/webhook_store.ts";

const { postgresTest, server } = await startPostgres();

if (server) {
  webhookStoreTests("PostgresStore", (clock) => postgresPlace(server, clock));
  pauseStoreTests("PostgresStore", (clock) => postgresPlace(server, clock));
}

postgresTest(
  "of the same endpoint of an order, asked for of several daemons at once, there is one",
  async (server) => {
    const url = await server.makeDatabase();
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => openPostgresStore(url, systemClock)),
    );
    try {
      for (let order = 1; order <= 20; order++) {
        const registered = await Promise.all(
          stores.map((store) =>
            addTo(store, endpointOf({ order: String(order) }))
          ),
        );
        assertEquals(registered.filter(({ isNew }) => isNew).length, 1);
        const ids = new Set(registered.map(({ endpoint }) => endpoint.id));
        assertEquals(ids.size, 1);
      }
      assertEquals((await stores[0]!.webhooks.loadEndpoints()).length, 20);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  },
);

postgresTest(
  "an order has no more endpoints than it may have, whatever daemon registers them",
  async (server) => {
    const url = await server.makeDatabase();
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => openPostgresStore(url, systemClock)),
    );
    try {
      for (let order = 1; order <= 10; order++) {
        const registered = await Promise.all(
          Array.from(
            { length: 12 },
            (_, index) =>
              stores[index % 4]!.webhooks.addEndpoint(
                endpointOf({
                  order: String(order),
                  url: `https://example.com/${index}`,
                }),
                5,
              ),
          ),
        );
        assertEquals(registered.filter((one) => one?.isNew).length, 5);
      }
      assertEquals((await stores[0]!.webhooks.loadEndpoints()).length, 50);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  },
);
