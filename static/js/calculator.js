// Completes the model and the region in the calculator. The calculator works without it.

import { completeNames } from "./names.js";

completeNames(document.querySelector("form.entry"));
