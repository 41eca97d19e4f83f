// The lines of a block of text, and the blanks of a line.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "egressc/observation.h"

namespace egressc::sources {

// Calls f(line, line_number) for every line of `block` that is not empty, without its '\n' and one '\r' before it.
// Lines count on from observations.lines, empty ones too.
template <class F>
void for_each_line(std::string_view block, Observations& observations, F f) {
  const char* at = block.data();
  const char* const end = at + block.size();
  while (at != end) {
    const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    const char* const stop = newline != nullptr ? newline : end;
    std::string_view line(at, static_cast<std::size_t>(stop - at));
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++observations.lines;
    if (!line.empty()) f(line, observations.lines);
    at = newline != nullptr ? stop + 1 : end;
  }
}

// How sure a format is of a text of which so many lines are its own: 50 to 95.
inline int certainty_of_share(std::uint64_t own, std::uint64_t all) { return static_cast<int>(50 + 45 * own / all); }

// The certainty of a format that takes more than half of the lines for its own, or else 0. own(line) is true or false,
// or nullopt for a line that does not count.
template <class F>
int share_of_lines(std::string_view head, F own) {
  Observations counted;
  std::uint64_t matches = 0;
  std::uint64_t others = 0;
  for_each_line(head, counted, [&](std::string_view line, std::uint64_t) {
    if (const std::optional<bool> match = own(line)) ++(*match ? matches : others);
  });
  return matches > others ? certainty_of_share(matches, matches + others) : 0;
}

// Gives the positions of ' ' in ascending order, 16 bytes at a time, or eight where there is no SSE2. The tokens of a
// packet are so short that a memchr() for each of them would cost more than all of their parsing.
class Blanks {
 public:
  explicit Blanks(std::string_view text) : text_(text), mask_(blanks_in(0)) {}

  // The next blank, or the size of the text after the last.
  std::size_t next() {
    while (mask_ == 0) {
      base_ += 64;
      if (base_ >= text_.size()) return text_.size();
      mask_ = blanks_in(base_);
    }
    const auto bit = static_cast<std::size_t>(std::countr_zero(mask_));
    mask_ &= mask_ - 1;
    return base_ + bit;
  }

 private:
  // One bit for each of the 64 bytes from `base`.
  std::uint64_t blanks_in(std::size_t base) const {
    std::uint64_t mask = 0;
#ifdef __SSE2__
    if (text_.size() - base >= 64) {
      for (std::size_t i = 0; i < 64; i += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text_.data() + base + i));
        const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')));
        mask |= std::uint64_t{static_cast<unsigned>(found)} << i;
      }
      return mask;
    }
#endif
    for (std::size_t i = 0; i < 64 && base + i < text_.size(); i += 8) {
      const std::size_t rest = text_.size() - base - i;
      std::uint64_t word = 0;
      if (rest >= 8)
        std::memcpy(&word, text_.data() + base + i, 8);
      else
        std::memcpy(&word, text_.data() + base + i, rest);
      if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
      mask |= blanks_in_word(word) << i;
    }
    return mask;
  }

  static std::uint64_t blanks_in_word(std::uint64_t word) {
    constexpr std::uint64_t low_bits = 0x7f7f7f7f7f7f7f7fULL;
    word ^= 0x2020202020202020ULL;
    const std::uint64_t zero_bytes = ~(((word & low_bits) + low_bits) | word | low_bits);  // 0x80 in each of them
    return (zero_bytes >> 7) * 0x0102040810204080ULL >> 56;
  }

  std::string_view text_;
  std::size_t base_ = 0;
  std::uint64_t mask_;
};

}  // namespace egressc::sources
