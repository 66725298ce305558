/* From the raw values of a row to the inputs of the first layer. */
const about = JSON.parse(document.getElementById("about").textContent);
const encoding = (() => {
  const DAY = 86400;
  const turn = (part, length) => 2 * Math.PI * part / length;

  /* x / √(1 + (x/3)²), which bounds an input to 3. */
  function smoothClip(x) {
    const bounded = Math.min(Math.max(x, -1e6), 1e6);
    return bounded / Math.sqrt(1 + (bounded / 3) ** 2);
  }

  function number({ kind, center = 0, scale = kind === "pixel" ? 255 : 1, fill = NaN, smooth_clip }) {
    return value => {
      const scaled = ((Number.isNaN(value) ? fill : value) - center) / scale;
      return [smooth_clip ? smoothClip(scaled) : scaled];
    };
  }

  /* Parts of a point in time, in seconds since 1970, by their names. */
  function dateParts(seconds) {
    const days = Math.min(Math.max(seconds / DAY, -1e9), 1e9);
    const whole = Math.floor(days);
    /* Cycles of 400 years that begin on the first of March. */
    const cycle = Math.floor((whole + 719468) / 146097);
    const left = whole + 719468 - 146097 * cycle;
    const years = Math.floor((left - Math.floor(left / 1460) + Math.floor(left / 36524) - Math.floor(left / 146096)) / 365);
    const ofYear = left - (365 * years + Math.floor(years / 4) - Math.floor(years / 100));
    const fromMarch = Math.floor((5 * ofYear + 2) / 153);
    const isNext = fromMarch >= 10;
    const month = fromMarch + (isNext ? -9 : 3);
    const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
    const weekday = whole + 3 - 7 * Math.floor((whole + 3) / 7);
    const hour = Math.min(Math.max(seconds - DAY * whole, 0), DAY) / 3600;
    const parts = { days, year: years + 400 * cycle + (isNext ? 1 : 0), month, day, weekday, hour };
    if (Number.isNaN(days)) return new Proxy({}, { get: () => NaN });
    for (const [name, angle] of [
      ["month", turn(month - 1, 12)], ["day", turn(day - 1, 31)], ["weekday", turn(weekday, 7)], ["hour", turn(hour, 24)],
    ]) {
      parts[name + "_sin"] = Math.sin(angle);
      parts[name + "_cos"] = Math.cos(angle);
    }
    return parts;
  }

  function date({ inputs, wide: { fill = NaN }, smooth_clip }) {
    return seconds => {
      const parts = dateParts(Number.isNaN(seconds) ? fill : seconds);
      return inputs.map(({ part, center, scale }) => {
        const scaled = (parts[part] - center) / scale;
        return smooth_clip && !/_(sin|cos)$/.test(part) ? smoothClip(scaled) : scaled;
      });
    };
  }

  /* Reads a point in time, ISO 8601 in UTC unless it says otherwise, as seconds since 1970. */
  function seconds(text) {
    const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(text.trim());
    if (!parts) return NaN;
    const [, day, time = "00:00", offset = "Z"] = parts;
    return Date.parse(`${day}T${time}${offset}`) / 1000;
  }

  /* Returns the function that makes inputs of a column's value; NaN, null and "" are missing ones. */
  function encoder({ kind, categories = [], rare = [] }, rule) {
    let encode;
    let read = Number;
    if (rule.kind === "boolean") {
      encode = value => [Number.isNaN(value) ? 0.5 : value ? 1 : 0];
    } else if (rule.kind === "one_hot") {
      const width = categories.length + (rare.length > 0 ? 1 : 0);
      const places = new Map([...categories.map((name, place) => [name, place]), ...rare.map(name => [name, categories.length])]);
      read = value => places.has(value) ? places.get(value) : NaN;
      encode = place => Array.from({ length: width }, (_, input) => input === place ? 1 : 0);
    } else if (rule.kind === "date") {
      read = value => typeof value === "string" ? seconds(value) : Number(value);
      encode = date(rule);
    } else if (rule.kind === "omitted") {
      encode = () => [];
    } else if (rule.kind === "wide") {
      encode = number({ ...rule, ...rule.wide });
    } else {
      read = value => Math.fround(value);
      encode = number(rule);
    }
    const isMissing = value => value === null || value === undefined || value === "";
    return raw => {
      const value = isMissing(raw) ? NaN : read(raw);
      return rule.indicator ? [...encode(value), Number.isNaN(value) ? 1 : 0] : encode(value);
    };
  }

  const { all, columns: rules } = about.preprocessing;
  /* Columns of pictures are not listed: all are numbers. */
  const columns = about.columns ?? new Array(about.picture.side ** 2).fill({ kind: "number" });
  const encoders = columns.map((column, index) => encoder(column, all ?? rules[index]));
  return { encode: row => Float64Array.from(encoders.flatMap((encode, column) => encode(row[column]))), seconds };
})();
