// node-addon-api with this addon's one setting; include this instead of <napi.h>.
#pragma once

// A worker that is being terminated refuses to throw; without this, node-addon-api answers that by aborting the
// process.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
#include <napi.h>
