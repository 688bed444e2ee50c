import {
  checkAll,
  clusterTest,
  LONG,
} from "../helpers/system/cluster_testing.ts";

clusterTest(
  "daemons that are killed, stopped and paused lose nothing",
  async (setup) => {
    const { anyMember, random, underLoad } = setup;
    await underLoad(async () => {
      for (let round = 0; round < 2; round++) {
        await anyMember().killFor(LONG);
        await anyMember().stopFor(1_000);
        await anyMember().pauseFor(LONG);
        await anyMember().killFor(random() * 1_000);
        await anyMember().pauseFor(random() * LONG);
      }
    });
    await checkAll(setup);
  },
);
