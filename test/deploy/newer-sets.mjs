// gitlab-ci-local is bundled for Node 22, and asks for no more of it than this. It runs on the Node that we have.
Set.prototype.union ??= function union(other) {
  return new Set([...this, ...other]);
};
