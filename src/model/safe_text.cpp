#include "egressc/diagnostics.h"

#include <fmt/core.h>
#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace egressc {
namespace {

constexpr std::size_t longest = 120;  // nft holds 128 bytes of comment, xtables 256

constexpr bool is_safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(" ._:/@=+,-").find(c) != std::string_view::npos;
}

}  // namespace

std::string safe_text(std::string_view text) {
  if (text.size() <= longest && std::all_of(text.begin(), text.end(), is_safe)) return std::string(text);
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
  std::array<std::uint8_t, 8> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  std::string result = "sha256-";
  for (const std::uint8_t byte : digest) fmt::format_to(std::back_inserter(result), "{:02x}", byte);
  return result;
}

}  // namespace egressc
