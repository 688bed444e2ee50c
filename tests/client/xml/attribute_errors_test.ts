import { assertEquals, assertInstanceOf } from "@std/assert";
import { MalformedResponseError } from "../../../mod.ts";
import { clientTest, reasonOf } from "../../helpers/client/testing.ts";

const ANSWERS = 5_000;

/** How many are asked for at once. */
const IN_FLIGHT = 50;

const ERRORS = [
  "<a x=1/>",
  "<a x='1' x='2'/>",
  "<a x/>",
  "<a x='1'y='2'/>",
  "<a x='<'/>",
];

clientTest(
  "5,000 attribute errors through one client, then a good answer",
  async (
    { connect, sandbox },
  ) => {
    const callfire = connect();
    const id = sandbox.orders.place({});
    for (const body of ERRORS) {
      sandbox.faults.add({
        kind: "body",
        body,
        count: ANSWERS / ERRORS.length,
      });
    }
    let asked = 0;
    await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
      while (asked < ANSWERS) {
        const error = await reasonOf(
          callfire.getNumberOrder(1_000_000 + asked++),
        );
        assertInstanceOf(error, MalformedResponseError);
      }
    }));
    assertEquals(sandbox.faults.list(), []);
    assertEquals((await callfire.getNumberOrder(id)).id, id);
  },
);
