// What an agent source makes of a text, as text.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <vector>

#include "sources/format_fixture.h"

namespace agent_fixture {

using Lines = std::vector<std::string>;

struct Read {
  egressc::Observations observations;

  explicit Read(std::string_view format, std::string_view text, const egressc::ParseContext& context = {}) {
    const egressc::LogParser parser = egressc::open_log(format, context, observations);
    parser.feed(text);
    parser.finish();
  }

  // "api.example", "198.51.100.7", "api.example=198.51.100.7", with ":port" where it is said, "!" where damaged, "?"
  // where only mentioned, and who denied it where that is said.
  Lines places() const {
    Lines lines;
    for (const egressc::Claim& claim : observations.claims) {
      std::string line(observations.strings[claim.host]);
      if (claim.has_address) line += (line.empty() ? "" : "=") + to_string(claim.to);
      if (claim.port != 0) line += fmt::format(":{}", claim.port);
      if (claim.damaged) line += "!";
      if (claim.kind == egressc::ClaimKind::mentioned) line += "?";
      if (claim.note != 0) line += fmt::format(" ({})", observations.strings[claim.note]);
      lines.push_back(line);
    }
    return lines;
  }

  Lines skipped() const {
    Lines lines;
    for (const egressc::Skipped& skip : observations.skipped)
      lines.push_back(fmt::format("{}: {} from {}", skip.reason, skip.count, skip.first_line));
    return lines;
  }

  // The one claim there is, or one that nothing equals.
  egressc::Claim only() const {
    return observations.claims.size() == 1 ? observations.claims.front() : egressc::Claim{};
  }
};

struct Case {
  std::string_view text;
  Lines expected;
};

inline Read text(std::string_view text) { return Read("agent-text", text); }
inline Read json(std::string_view text) { return Read("agent-json", text); }

}  // namespace agent_fixture
