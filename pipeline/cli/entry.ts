#!/usr/bin/env node
/** The entry of out/crashseal.mjs: nothing is read before Node's version is known to do. */
import './node-version.ts';

void import('./main.ts');
