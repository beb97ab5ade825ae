#include "training/fingerprint.h"

#include <algorithm>
#include <cstring>

namespace eliq::training {

void Fingerprint::mix(uint64_t word) {
  value_ = (value_ ^ word) * 0x100000001b3ull;
  value_ ^= value_ >> 29;  // words, not bytes, are mixed in: carry their high bits down
}

Fingerprint& Fingerprint::add(const void* data, size_t bytes) {
  const auto* from = static_cast<const uint8_t*>(data);
  mix(bytes);
  for (size_t i = 0; i < bytes; i += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, from + i, std::min(sizeof(word), bytes - i));
    mix(word);
  }
  return *this;
}

Fingerprint& Fingerprint::add(const std::string& text) { return add(text.data(), text.size()); }

Fingerprint& Fingerprint::add(int64_t number) { return add(&number, sizeof(number)); }

Fingerprint& Fingerprint::add(const io::Json& json) {
  switch (json.kind()) {
    case io::Json::Kind::kNull:
      return add(int64_t{0});
    case io::Json::Kind::kBool:
      return add(int64_t{1}).add(int64_t{json.as_bool()});
    case io::Json::Kind::kInteger:
    case io::Json::Kind::kNumber: {
      const double number = json.as_number();
      return add(int64_t{2}).add(&number, sizeof(number));
    }
    case io::Json::Kind::kString:
      return add(int64_t{3}).add(json.as_string());
    case io::Json::Kind::kArray:
      add(int64_t{4}).add(static_cast<int64_t>(json.as_array().size()));
      for (const io::Json& item : json.as_array()) add(item);
      return *this;
    case io::Json::Kind::kObject:
      add(int64_t{5}).add(static_cast<int64_t>(json.as_object().size()));
      for (const auto& [key, item] : json.as_object()) add(key).add(item);
      return *this;
  }
  return *this;
}

Fingerprint& Fingerprint::add(const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
  add(static_cast<int64_t>(plain.scalar_type()));
  for (const int64_t side : plain.sizes()) add(side);
  return add(plain.data_ptr(), plain.nbytes());
}

}  // namespace eliq::training
