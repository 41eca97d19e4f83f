#include "egressc/diagnostics.h"

#include <fmt/core.h>

#include <array>
#include <iterator>
#include <numeric>

#include "model/words/text.h"
#include "model/words/words.h"

namespace egressc::model {
namespace {

struct Kind {
  std::string_view word;
  std::string_view style;
};

constexpr Kind kinds[] = {{"note:", Style::cyan}, {"warning:", Style::magenta}, {"error:", Style::red}};

// The part of a source line around its column that fits a terminal, and where the caret goes below it.
void append_source(std::string& out, const Diagnostic& diagnostic) {
  constexpr std::size_t width = 110;
  const std::size_t column = std::min<std::size_t>(diagnostic.where.column, diagnostic.source.size() + 1);
  const std::size_t start = column > width - 20 ? column - (width - 20) : 0;
  const std::string_view shown = std::string_view(diagnostic.source).substr(start, width);
  // Escaping widens bytes, so the caret is placed by what stands before it.
  const std::string before = printable(shown.substr(0, column > start ? column - start - 1 : 0), width * 4);
  out += fmt::format("    {}\n", printable(shown, width * 4));
  if (diagnostic.where.column != 0) out += fmt::format("    {:{}}^\n", "", before.size());
}

constexpr std::size_t longest_safe = 120;  // nft holds 128 bytes of comment, xtables 256

constexpr bool is_safe(char c) {
  return is_letter_or_digit(c) || std::string_view(" ._:/@=+,-").find(c) != std::string_view::npos;
}

}  // namespace
}  // namespace egressc::model

namespace egressc {

void Diagnostics::add(Diagnostic diagnostic) {
  errors_ += diagnostic.severity == Severity::error ? 1 : 0;
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::error(Location where, std::string message, std::string hint, std::string source) {
  add({Severity::error, std::move(where), std::move(message), std::move(hint), std::move(source)});
}

void Diagnostics::warning(Location where, std::string message, std::string hint, std::string source) {
  add({Severity::warning, std::move(where), std::move(message), std::move(hint), std::move(source)});
}

void Diagnostics::note(Location where, std::string message, std::string hint, std::string source) {
  add({Severity::note, std::move(where), std::move(message), std::move(hint), std::move(source)});
}

std::string Diagnostics::render(bool color) const {
  using namespace model;
  std::string out;
  for (const Diagnostic& diagnostic : all_) {
    const Kind& kind = kinds[static_cast<std::size_t>(diagnostic.severity)];
    Location place = diagnostic.where;
    if (place.file.empty()) place.file = "egressc";
    out += fmt::format("{}: {} {}\n", place_text(place), painted(kind.style, kind.word, color),
                       printable(diagnostic.message, 4096));
    if (!diagnostic.source.empty()) append_source(out, diagnostic);
    if (!diagnostic.hint.empty()) out += fmt::format("  hint: {}\n", printable(diagnostic.hint, 4096));
  }
  return out;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : text.substr(0, limit)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte <= 0x7e)
      out += c;
    else
      out += fmt::format("\\x{:02x}", byte);
  }
  if (text.size() > limit) out += "...";
  return out;
}

std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  std::size_t best_distance = 3;
  std::vector<std::size_t> row;
  for (const std::string_view candidate : candidates) {
    row.resize(candidate.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i + 1;
      for (std::size_t j = 0; j < candidate.size(); ++j) {
        const std::size_t substituted = diagonal + (word[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
      }
    }
    if (row.back() < best_distance && row.back() * 2 < std::max<std::size_t>(word.size(), 1) + 1) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

std::string safe_text(std::string_view text) {
  using namespace model;
  if (text.size() <= longest_safe && std::all_of(text.begin(), text.end(), is_safe)) return std::string(text);
  return "sha256-" + sha256_hex(text, 8);
}

}  // namespace egressc
