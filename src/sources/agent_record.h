// One JSON record of an agent's log, and what it claims.
#pragma once

#include "sources/agent_claims.h"
#include "sources/agent_destinations.h"
#include "sources/agent_fields.h"
#include "sources/json_line.h"
#include "sources/text_scanner.h"

namespace egressc {

// The value whose spelling is surest; of equals, the first.
template <class T>
class Surest {
 public:
  explicit Surest(T unsaid) : value_(unsaid), unsaid_(unsaid) {}
  void offer(T value, FieldGroup group) {
    if (value == unsaid_ || (value_ != unsaid_ && group >= group_)) return;
    value_ = value;
    group_ = group;
  }
  void clear() { value_ = unsaid_; }
  T value() const { return value_; }

 private:
  T value_;
  T unsaid_;
  FieldGroup group_ = FieldGroup::own;
};

class AgentRecord {
 public:
  AgentRecord(int utc_offset_minutes, TextScanner& scanner, AgentClaims& claims)
      : utc_offset_minutes_(utc_offset_minutes), scanner_(scanner), claims_(claims) {}

  // Adds what the record claims, also in its texts.
  void claim(const JsonRecord& record);
  // Of whom and when the last record spoke.
  ClaimSubject subject() const { return {time_.value(), uid_.value(), gid_.value(), pid_.value()}; }

 private:
  void clear();
  void take(const FieldValue& value);
  void take_url(std::string_view text);
  bool is_inbound_request() const;

  const int utc_offset_minutes_;
  TextScanner& scanner_;
  AgentClaims& claims_;

  RecordDestinations destinations_;
  FirstOf<std::string_view, 16> texts_;  // of fields that are none after all
  Surest<Micros> time_{no_time};
  Surest<std::uint32_t> uid_{no_id};
  Surest<std::uint32_t> gid_{no_id};
  Surest<std::uint32_t> pid_{0};
  Surest<std::uint8_t> protocol_{ip_protocol::unknown};
  bool inbound_ = false;
  bool client_ = false;
  bool path_ = false;
  bool answered_ = false;
};

}  // namespace egressc
