import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/**
 * Watches an order at a daemon, and waits for it to settle:
 * java docs/WatchOrder.java http://localhost:9837 1642251003
 */
class WatchOrder {
  public static void main(String[] arguments) throws Exception {
    var order = URI.create(arguments[0] + "/v1/orders/" + arguments[1]);
    // By default each request over http: offers an upgrade to HTTP/2, which
    // Deno's server answers with 400 and an empty body.
    var client = HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .build();
    var watch = HttpRequest.newBuilder(order)
        .header("Content-Type", "application/json")
        .PUT(BodyPublishers.ofString("{\"label\":\"from Java\"}"))
        .build();
    var watched = client.send(watch, BodyHandlers.ofString());
    System.out.println(watched.statusCode() + " " + watched.body());
    var wait = HttpRequest.newBuilder(URI.create(order + "?wait=55")).build();
    var settled = client.send(wait, BodyHandlers.ofString());
    System.out.println(settled.statusCode() + " " + settled.body());
  }
}
