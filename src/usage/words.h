// Subjects, destinations and amounts in words.
#pragma once

#include <string>

#include "usage/usage.h"

namespace egressc::counting {

// "1001", "2000-2015".
std::string id_text(const IdRange& range);
// "uid 1001, 2000-2015", "uid 3000 gid 7".
std::string who_text(const SubjectUsage& subject);
// "api.example.com", "*.example.com (live)", "203.0.113.0/24".
std::string destination_text(const GrantUsage& grant);
// "tcp/443, udp/443"; "and 12 more" in place of the last ones of many.
std::string services_text(const GrantUsage& grant);
// "0 B", "999 B", "1.0 kB", "12.3 GB": powers of 1000.
std::string size_text(std::uint64_t bytes);
// "1 packet (60 B)".
std::string count_text(const Count& count);

}  // namespace egressc::counting
