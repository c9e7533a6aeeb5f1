// The numbers that a setting's slider goes through; that from which it starts is one of them.

const STEPS = {
  lr: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1],
  temperature: [0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1],
  negatives: [1, 2, 3, 5, 10, 20],
  epochs: [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50],
};

export const stepsOf = (name, start) => [...new Set([...STEPS[name], start])].sort((a, b) => a - b);
