// A loaded critic and the way from a request to a response. It knows no threads: whoever owns it calls it from one.
#pragma once

#include <memory>
#include <string>

#include "engine/engine.h"

namespace eliq::model {
class CriticImpl;
}

namespace eliq::engine {

class Session {
 public:
  // Reads the model; eliq::Error when that fails. `threads` only fills info().
  Session(const EngineKey& key, int threads);

  // Cancellation is looked at before each stage. Pixels are released as soon as the resized image exists. Never throws
  // anything but std::bad_alloc while making a message.
  Result answer(Request& request, const std::atomic<bool>& cancelled);

  const EngineInfo& info() const { return info_; }

 private:
  Response compute(Request& request, const std::atomic<bool>& cancelled);

  std::string directory_;
  std::shared_ptr<model::CriticImpl> critic_;
  EngineInfo info_;
};

}  // namespace eliq::engine
