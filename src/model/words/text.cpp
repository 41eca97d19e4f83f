#include "model/words/text.h"

#include <fmt/core.h>

#include <cstring>
#include <iterator>

namespace egressc::model {
namespace {

// RFC 3629, 4: what each lead byte is followed by.
struct Sequence {
  unsigned size;
  char32_t bits;      // of the lead byte
  char32_t smallest;  // that is no overlong form
};

std::optional<Sequence> sequence_of(unsigned char lead) {
  if (lead < 0x80) return Sequence{1, lead, 0};
  if (lead >= 0xc2 && lead <= 0xdf) return Sequence{2, lead & 0x1fU, 0x80};
  if (lead >= 0xe0 && lead <= 0xef) return Sequence{3, lead & 0x0fU, 0x800};
  if (lead >= 0xf0 && lead <= 0xf4) return Sequence{4, lead & 0x07U, 0x10000};
  return std::nullopt;
}

}  // namespace
}  // namespace egressc::model

namespace egressc {

std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t most) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  const auto value = parse_number<std::uint64_t>(text);
  return value && *value <= most ? value : std::nullopt;
}

std::optional<unsigned> take_decimal(std::string_view& text, unsigned most) {
  unsigned value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 6 && is_digit(text[digits]))
    value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
  if (digits == 0 || digits > 5 || value > most || (digits > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

std::optional<char32_t> take_code_point(std::string_view text, std::size_t& at) {
  const auto sequence = model::sequence_of(static_cast<unsigned char>(text[at]));
  if (!sequence || text.size() - at < sequence->size) return std::nullopt;
  char32_t point = sequence->bits;
  for (unsigned i = 1; i < sequence->size; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xc0) != 0x80) return std::nullopt;
    point = point << 6 | (byte & 0x3fU);
  }
  if (point < sequence->smallest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return std::nullopt;
  at += sequence->size;
  return point;
}

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (std::uint64_t eight = 0; text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    if (static_cast<unsigned char>(text[at]) < 0x80)
      ++at;
    else if (!take_code_point(text, at))
      return at;
  }
  return std::string_view::npos;
}

std::string valid_utf8(std::string_view text) {
  const std::size_t invalid = find_invalid_utf8(text);
  std::string valid(text.substr(0, invalid));
  for (std::size_t at = valid.size(); at < text.size();) {
    const std::size_t start = at;
    if (take_code_point(text, at)) {
      valid += text.substr(start, at - start);
    } else {
      fmt::format_to(std::back_inserter(valid), "\\x{:02x}", static_cast<unsigned char>(text[at]));
      ++at;
    }
  }
  return valid;
}

bool is_invisible(char32_t point) {
  // Unicode 15: the general categories Cc, Cf, Zl and Zp, and the noncharacters.
  static constexpr struct {
    char32_t first, last;
  } ranges[] = {{0x0, 0x1f},        {0x7f, 0x9f},       {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
                {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},     {0x180e, 0x180e},
                {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},
                {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f},
                {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
  for (const auto& range : ranges)
    if (point >= range.first && point <= range.last) return true;
  return point > 0xffff && (point & 0xfffe) == 0xfffe;
}

}  // namespace egressc
