#include "prove/verify_kernel.h"

namespace egressc {
namespace {

Result<std::optional<Trial>> some(Result<Trial> trial) {
  if (!trial) return trial.failure();
  return std::optional<Trial>(std::move(*trial));
}

}  // namespace

Result<std::optional<Trial>> read_back_from_kernel(const PrintedFile& file, std::string_view sets, Kernel& kernel) {
  if (file.dialect == "nftables") return some(kernel.try_nftables(file.text, file.name));
  if (file.dialect == "iptables-restore") return some(kernel.try_iptables(file.text, Family::ipv4, file.name, sets));
  if (file.dialect == "ip6tables-restore") return some(kernel.try_iptables(file.text, Family::ipv6, file.name, sets));
  if (file.dialect == "ferm") return some(kernel.try_ferm(file.text, file.name, sets));
  return std::optional<Trial>();
}

}  // namespace egressc
