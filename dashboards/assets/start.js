// Dash begins once everything it needs has been read.
"use strict";
var renderer = new DashRenderer();
