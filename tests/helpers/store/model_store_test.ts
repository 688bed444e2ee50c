import { Disk, ModelStore } from "./model_store.ts";
import { storeTests } from "../../daemon/store/contract/store.ts";

storeTests("ModelStore", (clock) => {
  const disk = new Disk();
  return Promise.resolve({
    open: () => Promise.resolve(new ModelStore(disk, clock)),
    crash: (store) => store.close(),
    remove: () => Promise.resolve(),
  });
});
