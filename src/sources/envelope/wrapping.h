// What stands around the lines of a log and was not written by the program whose log it is: what copies of files add,
// what keeps the output of containers, the journal's forms of several lines. It is taken off before a format reads.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/sources.h"
#include "sources/envelope/envelope.h"

namespace egressc::sources {

// What is known of the lines of a format before they are read.
struct LineRules {
  bool one_line = false;   // no message has several lines: what is indented goes on with somebody's message above it
  bool kernel = false;     // the kernel writes them: what the journal has of a container is none
  bool counts = false;     // the same line twice says something else than once
  bool free_text = false;  // anything may be a line, also what looks like a quote
  bool json = false;       // each is a JSON object
};

inline constexpr std::string_view continuation = "goes on with the message above it";
inline bool is_continuation(std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); }

inline constexpr std::string_view unfinished = "a line of a container whose last part is missing";

enum class Wrapper : std::uint8_t {
  sequence,     // 0x1E, as journalctl -o json-seq has it (RFC 7464)
  event,        // "data: ", of journalctl -o json-sse
  quote,        // "> "
  path,         // "kern.log:" and "kern.log:12:", of grep
  line_number,  // "12:", of grep -n
  service,      // "dns-1  | ", of docker compose; "[pod/dns/dns] ", of kubectl
  cri,          // "TIME stderr F ", of Kubernetes
  json_file,    // {"log":"…\n","stream":"stderr","time":"…"}, of docker
  time,         // of docker logs -t
  tag,          // "Nov 20 10:00:00 host tag_audit_log: " before what is a record already, of rsyslog's imfile
  facility,     // "kern  :info  : ", of dmesg -x
  short_time,   // "[Nov20 10:00] " and "[  +0.000003] ", of dmesg -H
};

// The entries of `journalctl -o export`, `verbose` and `json-pretty`, each made one line of JSON.
class JournalEntries {
 public:
  explicit JournalEntries(const ParseContext& context) { context_.utc_offset_minutes = context.utc_offset_minutes; }

  void expect(std::string_view line, std::string_view next);  // lines of the head: they tell which form there is
  bool expects_any() const { return form_ != Form::none; }
  bool is_open() const { return open_; }

  enum class Taken : std::uint8_t {
    no,     // the line belongs to no entry
    part,   // it does
    entry,  // and ends it
  };
  Taken take(std::string_view line, std::uint64_t number);
  // Whether bytes are due that are no lines, of a field that has them. Returns how many of `bytes` were taken.
  bool wants_bytes() const { return binary_ != Binary::none; }
  std::size_t take_bytes(std::string_view bytes);
  // At the end. Whether an entry was open: it is ended.
  bool finish();

  // Of the entry that ended last.
  const std::string& json() const { return done_json_; }
  std::uint64_t line() const { return done_line_; }
  std::string_view fault() const { return fault_; }  // why it is of no use, or ""

 private:
  enum class Form : std::uint8_t { none, exported, verbose, pretty };
  enum class Binary : std::uint8_t { none, size, data };

  void begin(std::uint64_t number);
  Taken end();
  Taken exported(std::string_view line, std::uint64_t number);
  Taken verbose(std::string_view line, std::uint64_t number);
  Taken pretty(std::string_view line, std::uint64_t number);
  void field(std::string_view name, std::string_view value);
  void put_value();
  bool fits(std::size_t more);

  ParseContext context_;
  Form form_ = Form::none;
  Binary binary_ = Binary::none;
  bool open_ = false;
  bool too_long_ = false;
  std::uint64_t line_ = 0;
  std::string json_;
  std::string done_json_;
  std::uint64_t done_line_ = 0;
  std::string_view fault_;
  std::string name_, value_;  // of the field at hand
  std::uint64_t size_ = 0;    // of binary data
  std::uint64_t taken_ = 0;
};

class Unwrapper {
 public:
  Unwrapper(const ParseContext& context, LineRules rules);
  Unwrapper(const Unwrapper&) = delete;  // its parser points to its outer_time()
  Unwrapper& operator=(const Unwrapper&) = delete;

  // Of what stands around the line at hand, or no_time.
  const Micros& outer_time() const { return outer_time_; }

  // Calls read(line, number) for each line of `block`; it returns why the line is of no use, or "".
  template <class Read>
  void feed(std::string_view block, Observations& observations, Read read) {
    if (!is_decided_) decide(block);
    if (!tagged_by_.empty() && observations.forgeable.empty()) observations.forgeable = tagged_by_;
    const char* at = block.data();
    const char* const end = at + block.size();
    while (at != end) {
      if (entries_.wants_bytes()) {
        at += take_bytes({at, static_cast<std::size_t>(end - at)}, observations);
        continue;
      }
      const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
      const char* const stop = newline != nullptr ? newline : end;
      const std::string_view whole(at, static_cast<std::size_t>(stop - at));
      const std::string_view line = without_end(whole);
      at = newline != nullptr ? stop + 1 : end;
      ++observations.lines;
      if (is_plain_ && !line.empty() && !is_odd(line))
        use(line, observations.lines, observations, read);
      else
        unwrap(whole, line, observations, read);
    }
  }

  template <class Read>
  void finish(Observations& observations, Read read) {
    if (entries_.finish()) use_entry(observations, read);
    for (const Part& part : parts_) {
      outer_time_ = part.at;
      if (!part.text.empty()) use_line(part.text, part.line, observations, read);
    }
    for (const OpenEntry& open : open_entries_) observations.skip(unfinished, open.part.line);
  }

 private:
  // What ends a line without being a part of it: blanks, CR, NUL, and line feeds as syslog daemons escape them.
  static std::string_view without_end(std::string_view line) {
    while (!line.empty()) {
      const char last = line.back();
      if (last == ' ' || last == '\t' || last == '\r' || last == '\0')
        line.remove_suffix(1);
      else if ((last == '2' || last == '5') && (line.ends_with("#012") || line.ends_with("#015")))
        line.remove_suffix(4);
      else
        break;
    }
    return line;
  }

  // Where there is more to do than to read the line.
  bool is_odd(std::string_view line) const {
    static constexpr auto firsts = [] {
      std::array<bool, 256> odd{};
      for (const char c : {'\0', ' ', '\t', '=', '-', '\xef', '{'}) odd[static_cast<unsigned char>(c)] = true;
      return odd;
    }();
    return firsts[static_cast<unsigned char>(line.front())] || line.back() == ']' || line.ends_with(" times");
  }

  template <class Read>
  void use(std::string_view line, std::uint64_t number, Observations& observations, Read& read) {
    if (const std::string_view reason = read(line, number); !reason.empty()) observations.skip(reason, number);
  }

  template <class Read>
  void unwrap(std::string_view whole, std::string_view line, Observations& observations, Read& read) {
    const std::uint64_t number = observations.lines;
    if (entries_.expects_any()) {
      const auto taken = entries_.take(without_beginning(line), number);
      if (taken == JournalEntries::Taken::entry) use_entry(observations, read);
      if (taken != JournalEntries::Taken::no) return;
    }
    if (line.empty() && whole.find('\0') != whole.npos) return observations.skip("not a line, but zeros", number);
    outer_time_ = no_time;
    std::uint64_t begun = number;
    // Blanks at the end of a part of a line are within the line.
    const Text text = strip(without_beginning(wrappers_.empty() ? line : whole), begun);
    if (short_time_ != no_time) note({short_time_, 0, is_undated_, false, true}, context_, observations);
    if (!text.reason.empty()) return observations.skip(text.reason, begun);
    if (!text.line.empty()) use_line(text.line, begun, observations, read);
    outer_time_ = no_time;
  }

  template <class Read>
  void use_entry(Observations& observations, Read& read) {
    if (!entries_.fault().empty()) return observations.skip(entries_.fault(), entries_.line());
    use_line(entries_.json(), entries_.line(), observations, read);
  }

  template <class Read>
  void use_line(std::string_view line, std::uint64_t number, Observations& observations, Read& read) {
    const Text text = text_of(line, number);
    if (!text.reason.empty()) return observations.skip(text.reason, number);
    for (std::uint32_t i = 0; i < text.times; ++i) use(text.line, number, observations, read);
    if (!text.untold.empty()) observations.skip(text.untold, number);
  }

  struct Text {
    std::string_view line;    // empty: there is none
    std::string_view reason;  // why it is of no use: a literal
    std::uint32_t times = 1;
    std::string_view untold{};  // why what it says besides is of no use, or ""
  };
  // A line that was written in parts: of standard output and of standard error.
  struct Part {
    std::string text;
    Micros at = no_time;
    std::uint64_t line = 0;
    bool too_long = false;
  };
  struct OpenEntry {
    std::string id;
    Part part;
  };
  struct Stripped {
    Micros at = no_time;
    std::string_view name;  // of a container
    bool is_part = false;
    bool error_stream = false;
    bool foreign = false;  // of another facility than the kernel's
  };

  void decide(std::string_view first_block);
  std::size_t take_bytes(std::string_view bytes, Observations& observations);
  static std::string_view without_beginning(std::string_view line);
  Text strip(std::string_view line, std::uint64_t& begun);
  Text join(const Stripped& found, std::string_view line, std::uint64_t& begun);
  Text text_of(std::string_view line, std::uint64_t number);
  Text container_text(std::string_view line, std::uint64_t number);
  std::string_view join_entry(const Envelope& entry, std::uint64_t number);
  Text repeated(std::string_view line);
  bool strip_one(Wrapper wrapper, std::string_view& line, Stripped& found);
  bool strip_tag(std::string_view& line, Stripped& found);
  std::string_view take_tag(std::string_view& rest, Micros& at);
  bool strip_json_file(std::string_view& line, Stripped& found);
  bool strip_short_time(std::string_view& line, Stripped& found);
  bool is_believed(std::string_view service) const;

  ParseContext context_;
  LineRules rules_;
  Calendar calendar_;
  std::vector<Wrapper> wrappers_;      // from the outermost
  std::vector<std::string> services_;  // that the head names
  std::vector<std::string> tags_;      // likewise, of imfile
  JournalEntries entries_;
  JournalReader journal_;
  bool is_decided_ = false;
  bool is_sniffing_ = false;  // it is decided now
  bool is_plain_ = true;
  std::size_t indent_ = 0;
  Micros outer_time_ = no_time;
  Micros short_time_ = no_time;
  std::array<Part, 2> parts_;
  std::vector<OpenEntry> open_entries_;
  std::string joined_, unescaped_, repeated_, contained_;  // what the line at hand is a part of
  std::uint64_t repeats_left_ = 100000;
  std::vector<std::vector<std::string>> layers_;  // the head below each wrapper, while it is looked at
  bool is_undated_ = false;
  std::string_view tagged_by_;  // as Observations::forgeable
};

// `head` as the formats see it.
std::string unwrapped(std::string_view head, LineRules rules);

}  // namespace egressc::sources
