export default function (config) {
  config.addPassthroughCopy({ "node_modules/plotlens/plotlens": "plotlens" });
  return { dir: { input: "films", includes: "_includes" } };
}
