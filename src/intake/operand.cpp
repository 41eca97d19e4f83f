#include "intake/operand.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "egressc/sources.h"
#include "intake/input_words.h"
#include "intake/policy_file.h"
#include "model/words/text.h"
#include "model/words/words.h"
#include "prove/dialects.h"

namespace egressc::intake {
namespace {

constexpr std::string_view kernel_word = "kernel";

constexpr std::size_t largest_ruleset = std::size_t{1} << 30;

// The dialect before the colon, and the path; "" where a file is to tell.
std::pair<std::string, std::string> split(const std::string& word) {
  const std::size_t colon = word.find(':');
  const std::string_view dialect = std::string_view(word).substr(0, colon == word.npos ? 0 : colon);
  if (!is_ruleset_dialect(dialect) && !is_companion_dialect(dialect)) return {"", word};
  return {word.substr(0, colon), word.substr(colon + 1)};
}

// At commas, unless a file is called so.
std::vector<std::string> words_of(const std::string& word) {
  const std::size_t colon = word.find(':');
  if (exists(word) || (colon != word.npos && exists(word.substr(colon + 1)))) return {word};
  const auto parts = parts_of(word, ',');
  return {parts.begin(), parts.end()};
}

// A file of an operand: a ruleset, or a log or a policy as compile takes them.
struct Part {
  std::string word;
  bool is_ruleset = false;
  std::optional<LineInput> opened;  // where its content had to tell
};

std::string what_it_can_be(const std::string& path) {
  return fmt::format("DIALECT:{} for a ruleset, with DIALECT one of {}; FORMAT:{} for logs; policy:{}", path,
                     joined(ruleset_words()), path, path);
}

// The word says what it is, or its content does.
Result<std::optional<Part>> part_of(const std::string& word, Diagnostics& diagnostics) {
  const std::size_t colon = word.find(':');
  const std::string prefix = word.substr(0, colon == word.npos ? 0 : colon);
  if (is_ruleset_dialect(prefix) || is_companion_dialect(prefix)) {
    if (is_file_of_whole_name(word, diagnostics)) return std::optional<Part>();
    return std::optional(Part{word, true, std::nullopt});
  }
  if (prefix == "policy" || find_source_format(prefix) != nullptr)
    return std::optional(Part{word, false, std::nullopt});
  if (!prefix.empty() && prefix.find('/') == prefix.npos && !exists(word)) {
    diagnostics.error({},
                      fmt::format("{}: there is no file of this name, and no dialect or format \"{}\"", word, prefix),
                      what_it_can_be(word.substr(colon + 1)));
    return std::optional<Part>();
  }
  auto input = LineInput::open(word, FileKind::regular);
  if (!input) return input.failure();
  const bool is_ruleset = sniff_ruleset(input->head()).has_value();
  return std::optional(Part{word, is_ruleset, std::move(*input)});
}

// A part that is a ruleset, or what rulesets are read with.
struct Text {
  std::string file;
  std::string dialect;
  std::string text;
};

class OperandReader {
 public:
  OperandReader(const std::string& word, const OperandContext& context, Diagnostics& diagnostics)
      : context_(context), diagnostics_(diagnostics) {
    operand_.name = word;
  }

  Result<std::optional<Operand>> read() {
    const std::string& word = operand_.name;
    if (word == kernel_word || word.starts_with("kernel:")) return running(word.substr(word.find(':') + 1));
    std::error_code unknown;
    if (std::filesystem::is_directory(word, unknown)) return directory(word);
    std::vector<Part> parts;
    for (const std::string& each : words_of(word)) {
      auto part = part_of(each, diagnostics_);
      if (!part) return part.failure();
      if (!*part) return done(false);
      parts.push_back(std::move(**part));
    }
    const auto is_ruleset = [](const Part& part) { return part.is_ruleset; };
    if (std::none_of(parts.begin(), parts.end(), is_ruleset)) return policy(std::move(parts));
    if (std::all_of(parts.begin(), parts.end(), is_ruleset)) return rulesets(std::move(parts));
    diagnostics_.error({}, fmt::format("\"{}\" is a ruleset and also a log or a policy", word),
                       "compare them one by one");
    return std::optional<Operand>();
  }

 private:
  Result<std::optional<Operand>> done(bool good) {
    if (!good) return std::optional<Operand>();
    return std::optional(std::move(operand_));
  }

  Result<std::optional<Operand>> running(std::string netns) {
    if (operand_.name == kernel_word) netns.clear();
    if (operand_.name.ends_with(':')) {
      diagnostics_.error({}, fmt::format("\"{}\" names no network namespace", operand_.name),
                         "kernel for this one, kernel:NAME for /run/netns/NAME");
      return done(false);
    }
    const auto listing = context_.kernel->list(netns);
    if (!listing) return listing.failure();
    auto read = read_listing(*listing, operand_.name, context_, diagnostics_);
    if (read) operand_.rulesets = std::move(*read);
    return done(read.has_value());
  }

  Result<std::optional<Operand>> directory(const std::string& path) {
    auto read = read_ruleset_directory(path, context_, diagnostics_);
    if (!read || !*read) return read;
    (*read)->name = operand_.name;
    return read;
  }

  Result<std::optional<Operand>> policy(std::vector<Part> parts) {
    std::vector<std::string> words;
    std::vector<std::optional<LineInput>> opened;
    // Nothing is learnt beside it, and whoever names it looks at it.
    if (parts.size() == 1 && parts.front().opened && looks_like_policy(parts.front().opened->head()))
      parts.front().word.insert(0, "policy:");
    for (Part& part : parts) {
      words.push_back(part.word);
      opened.push_back(std::move(part.opened));
    }
    auto read = read_policy_of(words, context_.input, diagnostics_, std::move(opened));
    if (!read) return read.failure();
    if (!*read) return done(false);
    operand_.policy = std::move((*read)->policy);
    operand_.today = (*read)->today;
    return done(true);
  }

  // What rules are read with comes before them.
  Result<std::optional<Operand>> rulesets(std::vector<Part> parts) {
    std::vector<Text> texts;
    for (Part& part : parts) {
      auto [dialect, path] = split(part.word);
      auto text = part.opened ? part.opened->text(largest_ruleset) : read_text(path, largest_ruleset);
      if (!text) return text.failure();
      if (dialect.empty() && parts.size() > 1) dialect = companion_dialect_of(*text);
      texts.push_back({path == "-" ? "stdin" : path, std::move(dialect), std::move(*text)});
    }
    OperandContext context = context_;
    for (const Text& text : texts) context.alongside.look_at(text.text);
    load_together(texts);
    for (const Text& text : texts)
      if (is_companion_dialect(text.dialect) && texts.size() > 1 &&
          !read_companion(text.text, text.file, text.dialect, context, diagnostics_))
        return done(false);
    for (const Text& text : texts) {
      if (is_companion_dialect(text.dialect) && texts.size() > 1) continue;
      auto read = read_ruleset(text.text, text.file, is_companion_dialect(text.dialect) ? "" : text.dialect, context,
                               diagnostics_);
      if (!read) return read.failure();
      if (!*read) return done(false);
      for (ReadRuleset& ruleset : **read) operand_.rulesets.push_back(std::move(ruleset));
    }
    return done(true);
  }

  // What several files of nft say is one ruleset, as "nft -f" of one after the other makes it.
  static void load_together(std::vector<Text>& texts) {
    const auto is_nft = [](const Text& text) {
      const bool is_told = text.dialect.empty() ? sniff_ruleset(text.text) == RulesetDialect::nftables_text
                                                : find_operand_dialect(text.dialect)->loaded_by == LoadedBy::nft;
      return is_told && sniff_ruleset(text.text) != RulesetDialect::nftables_json;
    };
    const auto first = std::find_if(texts.begin(), texts.end(), is_nft);
    if (first == texts.end()) return;
    for (auto other = std::next(first); other != texts.end();) {
      if (!is_nft(*other)) {
        ++other;
        continue;
      }
      first->file += ", " + other->file;
      if (!first->text.ends_with('\n')) first->text += '\n';
      first->text += other->text;
      other = texts.erase(other);
    }
  }

  const OperandContext& context_;
  Diagnostics& diagnostics_;
  Operand operand_;
};

}  // namespace

}  // namespace egressc::intake

namespace egressc {

Result<std::optional<OperandContext>> open_operand_context(InputOptions options, const std::string& ipset,
                                                           Diagnostics& diagnostics) {
  auto input = open_context(std::move(options), diagnostics);
  if (!input) return input.failure();
  if (!*input) return std::optional<OperandContext>();
  OperandContext context{std::move(**input), std::nullopt, nullptr, nullptr};
  if (ipset.empty()) return std::optional(std::move(context));
  const auto text = read_text(ipset, intake::largest_ruleset);
  if (!text) return text.failure();
  context.sets = read_ipsets(*text, ipset, diagnostics);
  if (!context.sets) return std::optional<OperandContext>();
  return std::optional(std::move(context));
}

Result<std::optional<Operand>> read_operand(const std::string& word, const OperandContext& context,
                                            Diagnostics& diagnostics) {
  return intake::OperandReader(word, context, diagnostics).read();
}

Side side_of(Operand operand, LiveMarkers& markers) {
  Side side = side_without_policy(operand, markers);
  side.policy = std::move(operand.policy);
  return side;
}

Side side_without_policy(const Operand& operand, LiveMarkers& markers) {
  Side side{operand.name, {}, {}, {}};
  if (operand.policy) {
    side.universe = possible_flows();
    const FlowSpace granted = flows_of(*operand.policy, operand.today, &markers);
    side.meaning.least = granted | baseline_flows_at_least(*operand.policy);
    side.meaning.most = granted | baseline_flows(*operand.policy);
    return side;
  }
  for (const ReadRuleset& ruleset : operand.rulesets) side.universe |= ruleset.universe;
  side.meaning.least = side.meaning.most = side.universe;
  std::vector<Meaning> meanings = evaluate(operand.rulesets);
  for (std::size_t i = 0; i < meanings.size(); ++i) {
    const ReadRuleset& ruleset = operand.rulesets[i];
    Meaning& meaning = meanings[i];
    side.meaning.least -= ruleset.universe - meaning.least;
    side.meaning.most -= ruleset.universe - meaning.most;
    std::move(meaning.undecided.begin(), meaning.undecided.end(), std::back_inserter(side.meaning.undecided));
    std::move(meaning.doubts.begin(), meaning.doubts.end(), std::back_inserter(side.meaning.doubts));
  }
  return side;
}

}  // namespace egressc
