package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hashring.demo.Balancer;
import io.hashring.demo.LoadBalancerTest;
import io.hashring.demo.RawClient;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which bytes of a request are its key, and what is refused as a key. */
public final class RoutingKeyTest {

  static Balancer balancer(String key) throws Exception {
    return Balancer.start("--key", key, "--count", "8", "--access-log", "--check-interval", "60m");
  }

  /** As bytes: what is above U+00FF is written in UTF-8. */
  private static byte[] bytes(String text) {
    return text.chars().allMatch(c -> c <= 0xff)
        ? text.getBytes(StandardCharsets.ISO_8859_1)
        : text.getBytes(StandardCharsets.UTF_8);
  }

  private static String utf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /**
   * Sends it, and looks at the node that answers, and at the log.
   *
   * @param request after its first line, with {@code |} for the end of a line
   * @param expected the key; bytes above 0x7f as the characters of Latin-1
   */
  static void assertKey(Balancer balancer, String target, String request, String expected)
      throws Exception {
    int before = balancer.output().size();
    String head = "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    String answer = LoadBalancerTest.raw(
        balancer.port(), head + request.replaceAll("\\|(?! )", "\r\n") + "\r\n");
    eventually("a line", () -> balancer.output().size() == before + 1);
    String line = balancer.output().get(before);
    assertThat(answer).as(line).startsWith("HTTP/1.1 200");
    assertThat(bytesOf(line)).as(line).isEqualTo(HexFormat.of().formatHex(bytes(expected)));
    String owner = balancer.members().ring().locate(bytes(expected)).name();
    assertThat(answer).as(line).contains("X-Hashring-Node: " + owner + "\r\n");
  }

  /** What the log calls the key, in hexadecimal digits. */
  private static String bytesOf(String line) {
    String value = line.replaceAll(".* key=(-(?= ))?| node=.*", "");
    StringBuilder text = new StringBuilder();
    boolean bytes = value.contains("\\x"); // then it is no UTF-8, and \\u does not occur
    for (int i = 0; i < value.length(); i++) {
      boolean escaped = value.charAt(i) == '\\';
      int digits = bytes ? 2 : 4;
      text.append(
          escaped
              ? (char) Integer.parseInt(value.substring(i + 2, i + 2 + digits), 16)
              : value.charAt(i));
      i += escaped ? 1 + digits : 0;
    }
    return HexFormat.of()
        .formatHex(
            text.toString().getBytes(bytes ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8));
  }

  // One part

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "path,           a/b",
        "uri,            a/b?user=q1&x=2",
        "header:X-User,  h1",
        "header:x-uSER,  h1",
        "cookie:session, c1",
        "query:user,     q1",
        "client-ip,      127.0.0.1",
        "header:X-None,  a/b",
        "header:X-Empty, a/b",
        "cookie:none,    a/b",
        "cookie:Session, a/b",
        "query:none,     a/b",
        "query:User,     a/b",
        "body:5,         a/b",
        "json:/user,     a/b",
      })
  void key_picksTheNode(String key, String expected) throws Exception {
    try (Balancer balancer = balancer(key)) {
      assertKey(
          balancer,
          "/a/b?user=q1&x=2",
          "X-User: h1|Cookie: other=o1; session=c1|X-Empty: |",
          expected);
      assertKey(
          balancer,
          "http://x/a/b?user=q1&x=2",
          "X-User: h1|Cookie: other=o1; session=c1|X-Empty: |",
          expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a/b", "a%2Fb", "%C3%A9", "a//b", "/a", "a/../b", "a;b", "a+b"})
  void path_isTakenAsReceived(String path) throws Exception {
    try (Balancer balancer = balancer("path")) {
      assertKey(balancer, "/" + path, "", path);
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "1, /users/42/orders?x=1/2, users",
        "2, /users/42/orders?x=1/2, users/42",
        "3, /users/42/orders?x=1/2, users/42/orders",
        "9, /users/42/orders?x=1/2, users/42/orders",
        "1, /users,                 users",
        "1, /users/,                users",
        "2, /users/,                users/",
        "2, //users/42,             /users",
        "1, /a%2Fb/c,               a%2Fb",
        "1, /?a/b,                  ``",
        "1, http://x/a/b,           a",
      })
  void path_segments(int count, String target, String expected) throws Exception {
    try (Balancer balancer = balancer("path:" + count)) {
      assertKey(balancer, target, "", expected);
    }
  }

  /** B2, B4: the bytes of all lines. */
  @Test
  void header_isItsBytes() throws Exception {
    try (Balancer balancer = balancer("header:X-User")) {
      assertThat(balancer.members().ring().locate(bytes(utf8("Müller"))))
          .as("bytes of UTF-8 are the text")
          .isEqualTo(balancer.members().ring().locate("Müller"));
      for (String name :
          List.of("Müller", "Zoë", "Łukasz", "日本", "\uD83D\uDE42", "ñ", "Ångström")) {
        assertKey(balancer, "/a", "X-User: " + utf8(name) + "|", utf8(name));
      }
      assertKey(balancer, "/a", "X-User: M\u00fcller|", "M\u00fcller"); // no UTF-8
      assertKey(balancer, "/a", "X-User: \u0080\u00ff\\x|", "\u0080\u00ff\\x");
      assertKey(balancer, "/a", "X-User: a|X-User: b|", "a, b");
      assertKey(balancer, "/a", "X-User: a|x-user: b|X-USER: c|", "a, b, c");
      assertKey(balancer, "/a", "X-User: a, b|", "a, b");
      assertKey(balancer, "/a", "X-User: a,b|", "a,b");
      assertKey(balancer, "/a", "X-User: a|X-User:|X-User: b|", "a, , b");
      assertKey(balancer, "/a", "X-User:|X-User:|", "a"); // nothing there
      assertKey(balancer, "/a", "X-User: \t a b \t |", "a b");
      assertKey(balancer, "/a", "X-User: \"q\"|", "\"q\"");
    }
  }

  /** B3: what stands between the name and the next semicolon, in any line. */
  @Test
  void cookie_isWhatStandsUpToTheNextSemicolon() throws Exception {
    String[][] table = {
      {"Cookie: SID=abc|", "abc"},
      {"Cookie: t=1|Cookie: SID=abc|", "abc"},
      {"Cookie: SID=a,b|", "a,b"},
      {"Cookie: t=1; SID=a b; u=2|", "a b"},
      {"Cookie: SID=\"a b\"|", "\"a b\""},
      {"Cookie: SID=a\"b|", "a\"b"},
      {"Cookie: SID={\"id\":1,\"n\":\"x\"}; t=1|", "{\"id\":1,\"n\":\"x\"}"},
      {"Cookie: SID=a=b==|", "a=b=="},
      {"Cookie: SID=a%20b|", "a%20b"},
      {"Cookie: SID=\u00e9|", "\u00e9"},
      {"Cookie: SID=\u00c3\u00a9|", "\u00c3\u00a9"},
      {"Cookie: SID=a; SID=b|", "a"},
      {"Cookie: SID=; SID=b|", "b"},
      {"Cookie: SID=|", "path"},
      {"Cookie: SID|", "path"},
      {"Cookie: XSID=a; SIDX=b; sid=c|", "path"},
      {"Cookie: x=SID=a|", "path"},
      {"Cookie:   SID = a  ;t=1|", "a"},
      {"Cookie: t=1;SID=abc;|", "abc"},
      {"Cookie: ;;; SID=abc|", "abc"},
      {"Cookie: $Version=1; SID=abc; $Path=/|", "abc"},
    };
    try (Balancer balancer = balancer("cookie:SID")) {
      for (String[] row : table) {
        assertKey(balancer, "/path", row[0], row[1]);
      }
    }
  }

  @Test
  void query_isDecodedAsBytes() throws Exception {
    String[][] table = {
      {"user=q1", "q1"},
      {"user=M%C3%BCller", "M\u00c3\u00bcller"},
      {"user=M%FCller", "M\u00fcller"},
      {"user=a%20b+c", "a b c"},
      {"user=a%2Bb", "a+b"},
      {"user=&user=b", "b"},
      {"user=a&user=b", "a"},
      {"user&user=b", "b"},
      {"xuser=a", "path"},
      {"user=", "path"},
      {"user=%zz", "path"},
      {"user=%", "path"},
      {"user=%zz&user=b", "b"},
      {"us%65r=a", "a"},
      {"x=1;user=b", "path"},
      {"user=a;b", "a;b"},
      {"user=a=b", "a=b"},
      {"user=%00", "\u0000"},
      {"x=?user=a", "path"},
      {"?user=a", "path"},
      {"&&user=a", "a"},
    };
    try (Balancer balancer = balancer("query:user")) {
      for (String[] row : table) {
        assertKey(balancer, "/path?" + row[0], "", row[1]);
      }
    }
  }

  @Test
  void names_areDecoded() throws Exception {
    try (Balancer balancer = balancer("query:a%2Cb%20,header:X%2BY,cookie:s[0],query:n%C3%A9")) {
      assertKey(balancer, "/path?a,b+=1", "", "1");
      assertKey(balancer, "/path?n=1", "X+Y: 2|", "2");
      assertKey(balancer, "/path", "Cookie: s[0]=3|", "3");
      assertKey(balancer, "/path?n%C3%A9=4", "", "4");
    }
  }

  // Lists

  @Test
  void list_theFirstThatIsThere() throws Exception {
    String[][] table = {
      {"X-User: u|Cookie: SID=s|", "u"},
      {"Cookie: SID=s|", "s"},
      {"X-Tenant: t|", "t\npath"},
      {"X-User:|Cookie: SID=|", "127.0.0.1"},
      {"", "127.0.0.1"},
    };
    try (Balancer balancer =
        balancer("header:X-User, cookie:SID, header:X-Tenant+path:1 ,client-ip")) {
      for (String[] row : table) {
        assertKey(balancer, "/path/x", row[0], row[1]);
      }
    }
  }

  @Test
  void joined_isThereIfAllOfItIs_andIsUnambiguous() throws Exception {
    try (Balancer balancer = balancer("header:A+header:B+query:c,header:D")) {
      assertKey(balancer, "/p?c=3", "A: 1|B: 2|", "1\n2\n3");
      assertKey(balancer, "/p?c=3", "A: 1|D: 4|", "4");
      assertKey(balancer, "/p", "A: 1|B: 2|D: 4|", "4");
      assertKey(balancer, "/p?c=3", "A: 1|", "p");
      assertKey(balancer, "/p?c=23", "A: 1|B: 1|", "1\n1\n23");
      assertKey(balancer, "/p?c=3", "A: 1|B: 12|", "1\n12\n3");
    }
  }

  /** B9: without the header, requests of one path are spread. */
  @Test
  void random_isTheLastChoice() throws Exception {
    try (Balancer balancer = balancer("header:X-User,random")) {
      Set<String> nodes = new TreeSet<>();
      for (int i = 0; i < 100; i++) {
        nodes.add(Balancer.node(balancer.call("POST", "/graphql", "{}")));
      }
      assertThat(nodes).as("8 nodes, each missed with (7/8)^100 = 2e-6").hasSize(8);
      eventually("all lines", () -> balancer.output().size() == 100);
      assertKey(balancer, "/graphql", "X-User: u|", "u");
      assertThat(balancer.nodeOf("/graphql", "X-User", "u"))
          .isEqualTo(balancer.nodeOf("/other", "X-User", "u"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HEAD", "OPTIONS", "DELETE", "TRACE"})
  void methods_haveTheSameKey(String method) throws Exception {
    try (Balancer balancer = balancer("header:X-User");
        RawClient client = RawClient.to(balancer)) {
      client.send(method + " /a HTTP/1.1\r\nHost: x\r\nX-User: u\r\n\r\n");
      assertThat(client.read(method).values("X-Hashring-Node"))
          .containsExactly(balancer.members().ring().locate("u").name());
    }
  }

  @Test
  void wholeServer_hasTheAsteriskAsItsPath() throws Exception {
    try (Balancer balancer = balancer("path");
        RawClient client = RawClient.to(balancer)) {
      client.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.read().values("X-Hashring-Node"))
          .containsExactly(balancer.members().ring().locate("*").name());
    }
  }

  /** As long as a header may be; the log has the beginning. */
  @Test
  void longKey() throws Exception {
    String key = "k".repeat(20_000);
    try (Balancer balancer = balancer("header:X-User")) {
      assertThat(balancer.nodeOf("/a", "X-User", key))
          .isEqualTo(balancer.members().ring().locate(key).name());
      eventually("a line", () -> balancer.output().size() == 1);
      assertThat(balancer.output().get(0)).contains(" key=" + "k".repeat(256) + "... node=");
      assertKeyOfBytes(balancer, "k".repeat(255) + utf8("\u00e9"));
      eventually("a line", () -> balancer.output().size() == 2);
      assertThat(balancer.output().get(1)).contains(" key=" + "k".repeat(255) + "... node=");
    }
  }

  private static void assertKeyOfBytes(Balancer balancer, String user) throws Exception {
    String answer = LoadBalancerTest.raw(
        balancer.port(),
        "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-User: " + user + "\r\n\r\n");
    assertThat(answer)
        .contains(
            "X-Hashring-Node: " + balancer.members().ring().locate(bytes(user)).name() + "\r\n");
  }

  // Refused: B5, B39

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '`',
      value = {
        "``                      > must be path, uri, header:NAME, cookie:NAME, query:NAME, "
            + "client-ip,",
        "Path                    > must be path, uri, header:NAME",
        "header                  > must be path, uri, header:NAME",
        "client-ip:1             > must be path, uri, header:NAME",
        "random:1                > must be path, uri, header:NAME",
        "nose:x                  > must be path, uri, header:NAME",
        "header:X,               > must be path, uri, header:NAME",
        ",header:X               > must be path, uri, header:NAME",
        "header:X,,path          > must be path, uri, header:NAME",
        "header:X+               > must be path, uri, header:NAME",
        "query:a+b               > must be path, uri, header:NAME",
        "header:                 > header must have a name, without spaces",
        "header:X User           > header must have a name, without spaces",
        "header:X%20User         > header must be a name of letters, digits and !#$%&'*+-.^_",
        "header:X:User           > header must be a name of letters, digits",
        "header:X-User;q         > header must be a name of letters, digits",
        "header:M\u00fcller      > header must be a name of letters, digits",
        "header::authority       > header must be a name of letters, digits",
        "header:X%2              > header must have two hexadecimal digits after each '%': X%2",
        "cookie:                 > cookie must have a name, without spaces",
        "cookie:a b              > cookie must have a name, without spaces",
        "cookie:a=b              > cookie must be a name without spaces, '=' and ';' (RFC 6265, "
            + "4.1.1): a=b",
        "cookie:a;b              > cookie must be a name without spaces, '=' and ';'",
        "query:                  > query must have a name, without spaces",
        "sticky:                 > sticky must have a name, without spaces",
        "sticky:a=b              > sticky must be a name of letters, digits",
        "path:                   > path must have a number from 1 to 100: ",
        "path:0                  > path must have a number from 1 to 100: 0",
        "path:x                  > path must have a number from 1 to 100: x",
        "path:-1                 > path must have a number from 1 to 100: -1",
        "path:101                > path must have a number from 1 to 100: 101",
        "body:0                  > body must have a number from 1 to 65536: 0",
        "body:65537              > body must have a number from 1 to 65536: 65537",
        "body:9999999999         > body must have a number from 1 to 65536: 9999999999",
        "json:                   > json must have a name",
        "json:user               > json must be a pointer such as /user/id, with ~0 for ~ and "
            + "~1 for / (RFC 6901): user",
        "json:/a~2               > json must be a pointer such as /user/id",
        "random,path             > must end with random, which every request has: random,path",
        "client-ip,header:X      > must end with client-ip, which every request has: client-ip,"
            + "header:X",
        "sticky:S,header:X       > must end with sticky:S, which every request has",
        "random+path             > may have random only as its last alternative, without '+'",
        "path+random             > may have random only as its last alternative, without '+'",
        "header:X+sticky:S       > may have sticky:S only as its last alternative, without '+'",
        "header:X,header:x       > has header:x twice: header:X,header:x",
      })
  void parse_whatCanMatchNothing(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RoutingKey.parse(text))
        .withMessageStartingWith("the routing key")
        .withMessageContaining(message.strip());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "path",
        "header:X-User,client-ip",
        "header:X-User , random",
        "header:A+cookie:b,path:2+query:c,sticky:lb",
        "json:/user~1id/0/~0,body:65536,uri",
        "client-ip+path"
      })
  void parse_lists(String text) {
    assertThat(RoutingKey.parse(text)).hasToString(text);
  }

  /** Which a pattern that goes a call deeper with each character would not survive. */
  @Test
  void pointer_anyLength_isRead() {
    String pointer = "json:/" + "a~0/".repeat(50_000);
    assertThat(RoutingKey.parse(pointer)).hasToString(pointer);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RoutingKey.parse(pointer + "~"))
        .withMessageStartingWith("the routing key's json must be a pointer such as /user/id");
  }
}
