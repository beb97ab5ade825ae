#pragma once

#include <memory>

#include "backbone/backbone.h"
#include "io/json.h"

namespace eliq::backbone {

// The backbone that config.json's "backbone" object describes, with fresh weights. A family that is not built in is
// Error(kModelUnsupported) and names those that are.
std::shared_ptr<BackboneImpl> make_backbone(const io::Json& backbone_config);

}  // namespace eliq::backbone
