import t from "tap";
import { createPublication } from "../../controller/publication.ts";
import { testAuthority } from "../helpers/serving-pair.ts";

t.test("createPublication() counts from when the authority is in every entry", async (t) => {
  const [old, next] = [(await testAuthority()).cert, (await testAuthority()).cert];
  const clock = { at: 1000, now: () => clock.at };
  const publication = createPublication(clock);
  const published = (...bundles: string[]) => ({ version: { uid: "", resourceVersion: "" }, bundles });
  const steps = [
    { title: "nothing was seen", at: 0, authority: old, published: undefined, want: 100 },
    { title: "it is in one entry only", at: 10, authority: old, published: published(old, ""), want: 100 },
    { title: "it appeared", at: 20, authority: old, published: published(old, old), want: 100 },
    { title: "time passed", at: 60, authority: old, published: published(old, old), want: 60 },
    { title: "another authority signs now", at: 70, authority: next + old, published: published(old, old), want: 100 },
    { title: "that is published", at: 80, authority: next + old, published: published(next + old, next), want: 100 },
    { title: "more bundles, same authority", at: 90, authority: next, published: published(next, next), want: 90 },
    { title: "it is over", at: 500, authority: next, published: published(next), want: 0 },
    { title: "somebody removed it", at: 510, authority: next, published: published("", next), want: 100 },
    { title: "there is no authority", at: 520, authority: undefined, published: published(next), want: 100 },
    { title: "no entry lacks it", at: 530, authority: next, published: published(), want: 100 },
    { title: "and time passed again", at: 600, authority: next, published: published(), want: 30 },
  ];
  for (const step of steps) {
    clock.at = step.at;
    publication.observe(step.authority, step.published);
    t.equal(publication.remainingMs(100), step.want, `remainingMs() when ${step.title}`);
  }
});
