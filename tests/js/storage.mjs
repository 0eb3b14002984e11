// A browser's storage: its keys are its own properties.

const METHODS = {
  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  },
  setItem(key, value) {
    this[key] = String(value);
  },
  removeItem(key) {
    delete this[key];
  },
};

export const newStorage = () => Object.create(METHODS);
