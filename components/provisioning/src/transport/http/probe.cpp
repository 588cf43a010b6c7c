#include "transport/http/probe.hpp"

#include "domain/text.hpp"
#include "transport/http/router.hpp"

namespace espp::provisioning {
namespace {

constexpr const char *kOk = "200 OK";
constexpr const char *kHtml = "text/html";
constexpr const char *kText = "text/plain";

constexpr OnlineAnswer kNoContent{"204 No Content", kText, "", nullptr};
constexpr OnlineAnswer kApple{
    kOk, kHtml, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>", nullptr};
constexpr OnlineAnswer kConnectTest{kOk, kText, "Microsoft Connect Test", nullptr};
constexpr OnlineAnswer kNcsi{kOk, kText, "Microsoft NCSI", nullptr};
constexpr OnlineAnswer kFirefoxPage{
    kOk, kHtml,
    "<meta http-equiv=\"refresh\" "
    "content=\"0;url=https://support.mozilla.org/kb/captive-portal\"/>",
    nullptr};
constexpr OnlineAnswer kFirefoxText{kOk, kText, "success\n", nullptr};
constexpr OnlineAnswer kNetworkManager{kOk, kText, "NetworkManager is online\n", "online"};
constexpr OnlineAnswer kFireOs{kOk, kHtml, "81ce4465-7167-4dcb-835b-dcc9e44c112a\n", nullptr};

struct Probe {
  const char *host; ///< in lower case; nullptr: any
  const char *path; ///< nullptr: any
  const OnlineAnswer *answer;
};

// An array of C's: gcc puts a std::array of these into RAM. First come the paths that many hosts
// share: each maker of Android phones has hosts of its own.
constexpr Probe kProbes[]{
    Probe{nullptr, "/generate_204", &kNoContent},
    Probe{nullptr, "/gen_204", &kNoContent},
    Probe{nullptr, "/hotspot-detect.html", &kApple},
    Probe{nullptr, "/library/test/success.html", &kApple},
    Probe{"captive.apple.com", nullptr, &kApple},
    Probe{"www.appleiphonecell.com", nullptr, &kApple},
    Probe{"www.airport.us", nullptr, &kApple},
    Probe{"www.ibook.info", nullptr, &kApple},
    Probe{"www.itools.info", nullptr, &kApple},
    Probe{"www.thinkdifferent.us", nullptr, &kApple},
    Probe{"d2uzsrnmmf6tds.cloudfront.net", nullptr, &kNoContent},
    Probe{nullptr, "/connecttest.txt", &kConnectTest},
    Probe{nullptr, "/ncsi.txt", &kNcsi},
    Probe{"detectportal.firefox.com", "/canonical.html", &kFirefoxPage},
    Probe{"detectportal.firefox.com", "/success.txt", &kFirefoxText},
    Probe{"connectivity-check.ubuntu.com", nullptr, &kNetworkManager},
    Probe{"nmcheck.gnome.org", nullptr, &kNetworkManager},
    Probe{"network-test.debian.org", nullptr, &kNetworkManager},
    Probe{"conncheck.opensuse.org", nullptr, &kNetworkManager},
    Probe{"ping.archlinux.org", nullptr, &kNetworkManager},
    Probe{"fedoraproject.org", "/static/hotspot.txt", &kNetworkManager},
    Probe{nullptr, "/kindle-wifi/wifistub.html", &kFireOs},
};

} // namespace

const OnlineAnswer *find_online_answer(std::string_view host, std::string_view uri) {
  host = prefix(host, host.find(':'));
  if (host.ends_with('.')) {
    host.remove_suffix(1); // NetworkManager's on Ubuntu asks for a name that ends so
  }
  const std::string_view path = split_target(uri).path;
  for (const Probe &probe : kProbes) {
    if ((probe.host == nullptr || equals_ignoring_case(host, probe.host)) &&
        (probe.path == nullptr || path == probe.path)) {
      return probe.answer;
    }
  }
  return nullptr;
}

} // namespace espp::provisioning
