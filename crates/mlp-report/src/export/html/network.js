/* The network: from the raw values of a row to probabilities, or to a number. */
const network = (() => {
  const packed = atob(document.getElementById("weights").textContent.trim());
  const numbers = new Float32Array(Uint8Array.from(packed, character => character.charCodeAt(0)).buffer);
  const layers = [];
  for (let index = 0, at = 0; index + 1 < about.sizes.length; index += 1) {
    const [inputs, outputs] = [about.sizes[index], about.sizes[index + 1]];
    const weight = numbers.subarray(at, at += inputs * outputs); /* [inputs, outputs] */
    const bias = numbers.subarray(at, at += outputs);
    layers.push({ inputs, outputs, weight, bias });
  }

  /* The error function: 2/√π · e^(−x²) · Σ 2ⁿ·x^(2n+1)/(1·3·5·…·(2n+1)), a series whose terms have the same sign. */
  function erf(x) {
    if (Math.abs(x) > 6) return Math.sign(x);
    let sum = 0;
    for (let term = x, n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
      sum += term;
      term *= 2 * x * x / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  const activate = {
    tanh: Math.tanh,
    tanh_doubled: z => Math.tanh(2 * z),
    sigmoid: z => 1 / (1 + Math.exp(-z)),
    relu: z => Math.max(0, z),
    leaky_relu: z => z < 0 ? about.slope * z : z,
    silu: z => z / (1 + Math.exp(-z)),
    gelu: z => z * (1 + erf(z / Math.SQRT2)) / 2,
  }[about.activation];

  /* The number that an output of the network stands for. */
  function unscaled(output) {
    const { transform, center, scale } = about.target;
    const value = center + scale * output;
    return transform === "log" ? Math.exp(value) : value;
  }

  /* Returns the activations of each hidden layer, and of classes the probabilities and the index of the predicted one,
     else the predicted number. */
  function predict(row) {
    let values = encoding.encode(row);
    const hidden = [];
    layers.forEach(({ inputs, outputs, weight, bias }, index) => {
      const sums = Float64Array.from(bias);
      for (let input = 0; input < inputs; input += 1) {
        const value = values[input];
        if (value === 0) continue;
        const start = input * outputs;
        for (let output = 0; output < outputs; output += 1) sums[output] += value * weight[start + output];
      }
      values = index + 1 < layers.length ? sums.map(activate) : sums;
      if (index + 1 < layers.length) hidden.push(values);
    });
    if (about.target) return { value: unscaled(values[0]), hidden };
    const { temperature, positive, threshold } = about.decision;
    const largest = values.reduce((best, value, index) => value > values[best] ? index : best, 0);
    const exponentials = values.map(value => Math.exp((value - values[largest]) / temperature));
    const sum = exponentials.reduce((sum, value) => sum + value, 0);
    const probabilities = Array.from(exponentials, value => value / sum);
    if (threshold === null) return { probabilities, best: largest, hidden };
    return { probabilities, best: probabilities[positive] >= threshold ? positive : 1 - positive, hidden };
  }

  return { predict };
})();
