#include "backbone/fused_convolution.h"

#include <ATen/Context.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/util/Exception.h>

#include <array>
#include <sstream>
#include <string>
#include <string_view>

namespace eliq::backbone {

namespace {

using Convolve = torch::Tensor(const torch::Tensor&, const torch::Tensor&, const std::optional<torch::Tensor>&,
                               at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t, std::string_view,
                               c10::List<std::optional<at::Scalar>>, std::optional<std::string_view>);
using Reorder = torch::Tensor(const torch::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t,
                              at::OptionalIntArrayRef);

// The same in LibTorch 2.11 to 2.15. Another schema is another operator, which we do not know how to call.
constexpr const char* kConvolveSchema =
    "mkldnn::_convolution_pointwise(Tensor X, Tensor W, Tensor? B, int[] padding, int[] stride, int[] dilation, "
    "int groups, str attr, Scalar?[] scalars, str? algorithm) -> Tensor Y";
constexpr const char* kReorderSchema =
    "mkldnn::_reorder_convolution_weight(Tensor self, int[2] padding=0, int[2] stride=1, int[2] dilation=1, "
    "int groups=1, int[]? input_size=None) -> Tensor Y";

struct Operators {
  c10::TypedOperatorHandle<Convolve> convolve;
  c10::TypedOperatorHandle<Reorder> reorder;
};

std::optional<c10::OperatorHandle> find(const char* name, const char* schema) {
  const auto found = c10::Dispatcher::singleton().findSchema({name, ""});
  if (!found) return std::nullopt;
  std::ostringstream text;
  text << found->schema();
  return text.str() == schema ? found : std::nullopt;
}

const std::optional<Operators>& operators() {
  static const std::optional<Operators> found = []() -> std::optional<Operators> {
    if (!at::globalContext().hasMKLDNN()) return std::nullopt;
    const auto convolve = find("mkldnn::_convolution_pointwise", kConvolveSchema);
    const auto reorder = find("mkldnn::_reorder_convolution_weight", kReorderSchema);
    if (!convolve || !reorder) return std::nullopt;
    try {
      return Operators{convolve->typed<Convolve>(), reorder->typed<Reorder>()};  // throws if C++ types differ
    } catch (const c10::Error&) {
      return std::nullopt;
    }
  }();
  return found;
}

std::array<int64_t, 2> both(int64_t value) { return {value, value}; }

}  // namespace

bool fused_convolution_available() { return operators().has_value(); }

std::optional<torch::Tensor> pack_weight(const torch::Tensor& weight, at::IntArrayRef input_sizes,
                                         const ConvolutionGeometry& geometry) {
  try {
    return operators()->reorder.call(weight, both(geometry.padding), both(geometry.stride), both(1), geometry.groups,
                                     input_sizes);
  } catch (const c10::Error&) {
    return std::nullopt;
  }
}

torch::Tensor fused_convolution(const torch::Tensor& input, const torch::Tensor& packed_weight,
                                const torch::Tensor& bias, const ConvolutionGeometry& geometry, bool relu6) {
  c10::List<std::optional<at::Scalar>> bounds;
  if (relu6) {
    bounds.push_back(at::Scalar(0.0));
    bounds.push_back(at::Scalar(6.0));
  }
  return operators()->convolve.call(input, packed_weight, bias, both(geometry.padding), both(geometry.stride), both(1),
                                    geometry.groups, relu6 ? "hardtanh" : "none", bounds, std::string_view());
}

}  // namespace eliq::backbone
