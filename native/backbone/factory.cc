#include "backbone/factory.h"

#include "backbone/compact.h"
#include "common/error.h"
#include "io/utf8.h"

namespace eliq::backbone {

std::shared_ptr<BackboneImpl> make_backbone(const io::Json& backbone_config) {
  const std::string& family = backbone_config.at("family").as_string();
  if (family == "compact") return std::make_shared<CompactImpl>(CompactOptions::from_json(backbone_config));
  throw Error(ErrorCode::kModelUnsupported,
              "The backbone family \"" + io::clip(family) + "\" is not known to this version; it knows: compact.");
}

}  // namespace eliq::backbone
