import {
  checkAll,
  clusterTest,
  LONG,
} from "../helpers/system/cluster_testing.ts";
import { pause } from "../helpers/system/pause.ts";

clusterTest(
  "a database that goes away and comes back loses nothing",
  async (setup) => {
    const { anyMember, members, random, server, underLoad } = setup;
    await underLoad(async () => {
      for (let round = 0; round < 2; round++) {
        await anyMember().cutOffFor(LONG, "refuse");
        await anyMember().cutOffFor(LONG, "swallow");
        await server.crash();
        await pause(random() * LONG);
        await server.restart();
        await pause(2_000);
        await Promise.all(
          members.map((member) => member.cutOffFor(LONG, "swallow")),
        );
        await anyMember().cutOffFor(random() * 1_000, "refuse");
      }
    });
    await checkAll(setup);
  },
);
