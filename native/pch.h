// Precompiled for every file that uses LibTorch. Narrow on purpose: torch/torch.h costs twice as much.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/functional.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>
#include <torch/version.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

static_assert(TORCH_VERSION_MAJOR == ELIQ_LIBTORCH_MAJOR && TORCH_VERSION_MINOR == ELIQ_LIBTORCH_MINOR,
              "These are not the headers of the LibTorch that was found; is another one in CPATH?");
