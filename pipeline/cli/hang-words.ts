/** What is said of a bundle whose command line has no `panic=`, or 0 in it. */
export const hangsOnPanicWords =
  'its command line has no panic= with a time: a capture kernel that fails itself (too little memory, a driver) stands still until somebody resets the machine; leave panic=10 in, or add panic=SECONDS';
