#include "readers/listing/sets.h"

#include <utility>

#include "readers/meaning/numbers.h"

namespace egressc::readers {
namespace {

// The words of what nft lists, where they stand. Quoted text is passed over as a whole.
struct ListingToken {
  enum class Kind : std::uint8_t { word, quoted, mark, newline, end };
  Kind kind = Kind::end;
  std::string_view text;

  bool is(std::string_view wanted) const { return (kind == Kind::word || kind == Kind::mark) && text == wanted; }
};

class ListingTokens {
 public:
  explicit ListingTokens(std::string_view text) : text_(text) {}
  // `end` for ever at the end, and where a quote is never closed.
  ListingToken next();

 private:
  ListingToken take(ListingToken::Kind kind, std::size_t size);

  std::string_view text_;
  std::size_t at_ = 0;
};

constexpr std::string_view listing_marks = "{},=;";
constexpr std::string_view ends_word = " \t\n\"{},=;";

ListingToken ListingTokens::next() {
  const bool begins_line = at_ == 0 || text_[at_ - 1] == '\n';
  at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size());
  // A comment, in which nft warns.
  if (begins_line && at_ < text_.size() && text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
  if (at_ == text_.size()) return {};
  const char first = text_[at_];
  if (first == '\n') return take(ListingToken::Kind::newline, 1);
  if (listing_marks.find(first) != listing_marks.npos) return take(ListingToken::Kind::mark, 1);
  if (first != '"')
    return take(ListingToken::Kind::word, std::min(text_.find_first_of(ends_word, at_), text_.size()) - at_);
  const std::size_t close = text_.find('"', at_ + 1);
  if (close != text_.npos) return take(ListingToken::Kind::quoted, close + 1 - at_);
  at_ = text_.size();
  return {};
}

ListingToken ListingTokens::take(ListingToken::Kind kind, std::size_t size) {
  const ListingToken token{kind, text_.substr(at_, size)};
  at_ += size;
  return token;
}

constexpr Named<std::int64_t> units[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
// Above what the kernel takes, and far below what a sum could overflow at.
constexpr std::int64_t most_time = std::int64_t{1} << 53;

class SetScanner {
 public:
  explicit SetScanner(std::string_view listing) : listing_(listing), tokens_(listing) {}

  std::vector<ListedSet> scan() {
    // Of blocks that are open; sets and maps stand in a table.
    std::size_t depth = 0;
    for (advance(); !at_end(); advance()) {
      if (token_.is("{")) ++depth;
      if (token_.is("}") && depth > 0) --depth;
      if (depth != 1 || !begins_statement_ || !(token_.is("set") || token_.is("map"))) continue;
      scan_set();
    }
    return std::move(sets_);
  }

 private:
  bool at_end() const { return token_.kind == ListingToken::Kind::end; }
  bool ends_statement() const { return at_end() || token_.kind == ListingToken::Kind::newline || token_.is(";"); }

  void advance() {
    begins_statement_ = token_.kind == ListingToken::Kind::newline || token_.is("{") || token_.is(";");
    token_ = tokens_.next();
  }

  // From the word "set" or "map" to the end of its block; it stays unknown if it has none.
  void scan_set() {
    ListedSet set;
    set.is_map = token_.is("map");
    advance();
    set.name = token_.text;
    advance();
    if (!token_.is("{")) return;
    int clauses = 0;
    for (advance(); !at_end() && !token_.is("}"); advance()) {
      if (!begins_statement_) {
        pass_block();
      } else if (token_.is("elements")) {
        if (++clauses > 1) return;
        scan_elements(set);
      } else if (token_.is("flags")) {
        for (advance(); !ends_statement(); advance()) set.has_timeout = set.has_timeout || token_.is("timeout");
      } else if (token_.is("timeout")) {
        advance();
        set.has_timeout = true;
        set.timeout = parse_duration(token_.text);
      }
    }
    if (!at_end()) sets_.push_back(std::move(set));
  }

  // To the end of a block, if one begins here.
  void pass_block() {
    for (std::size_t depth = 0; !at_end(); advance()) {
      if (token_.is("{")) ++depth;
      if (token_.is("}")) --depth;
      if (depth == 0) return;
    }
  }

  // From the word "elements" to the end of the block, which stands on lines of its own.
  void scan_elements(ListedSet& set) {
    const std::size_t start = place();
    advance();
    if (!token_.is("=")) return;
    advance();
    if (!token_.is("{")) return;
    std::vector<std::string_view> elements;
    std::size_t depth = 1;
    std::size_t first = 0;
    std::size_t last = 0;  // of the element; none if both are the same
    const auto end_element = [&] {
      if (first != last) elements.push_back(listing_.substr(first, last - first));
      first = last = 0;
    };
    for (advance(); !at_end(); advance()) {
      if (token_.kind == ListingToken::Kind::newline) continue;
      if (token_.is("{")) ++depth;
      if (token_.is("}") && --depth == 0) break;
      if (token_.is(",") && depth == 1) {
        end_element();
        continue;
      }
      if (first == last) first = place();
      last = place() + token_.text.size();
    }
    end_element();
    const std::size_t line = listing_.find_last_not_of(" \t", start - 1) + 1;
    const std::size_t end = place() + 1;
    const bool is_alone = line != 0 && listing_[line - 1] == '\n' && end < listing_.size() && listing_[end] == '\n';
    if (!is_alone) return;
    set.elements = std::move(elements);
    set.clause = listing_.substr(line, end + 1 - line);
  }

  std::size_t place() const {
    return at_end() ? listing_.size() : static_cast<std::size_t>(token_.text.data() - listing_.data());
  }

  std::string_view listing_;
  ListingTokens tokens_;
  ListingToken token_{ListingToken::Kind::newline, {}};
  bool begins_statement_ = false;
  std::vector<ListedSet> sets_;
};

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t sum = 0;
  for (const auto& [unit, milliseconds] : units) {
    std::string_view rest = text;
    const auto count = egressc::take_number<std::int64_t>(rest);
    if (!count) continue;
    const std::size_t letters = std::min(rest.find_first_not_of("dhms"), rest.size());
    if (rest.substr(0, letters) != unit) continue;
    if (*count < 0 || *count > most_time / milliseconds) return std::nullopt;
    sum += *count * milliseconds;
    text = rest.substr(letters);
  }
  if (!text.empty() || sum > most_time) return std::nullopt;
  return std::chrono::milliseconds(sum);
}

std::vector<ListedSet> listed_sets(std::string_view listing) { return SetScanner(listing).scan(); }

ListedElement listed_element(std::string_view element) {
  ListingTokens tokens(element);
  const ListingToken first = tokens.next();
  ListedElement found;
  if (first.kind == ListingToken::Kind::word) found.key = first.text;
  ListingToken token = tokens.next();
  found.is_single_word = !found.key.empty() && !token.is(".");
  while (token.kind != ListingToken::Kind::end) {
    const ListingToken word = std::exchange(token, tokens.next());
    if (token.kind != ListingToken::Kind::word) continue;
    if (word.is("timeout") && found.timeout.empty()) found.timeout = token.text;
    if (word.is("expires") && found.expires.empty()) found.expires = token.text;
  }
  return found;
}

}  // namespace egressc::readers
