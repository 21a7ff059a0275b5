using PgSplit.Pg;

namespace PgSplit.Tests;

public sealed class PgAddressTests
{
    [Theory]
    [InlineData("postgres://me@/shop?host=/run/pg&port=5433", "/run/pg:5433/shop")]
    [InlineData("postgres://me:secret@/shop?host=/run/pg", "/run/pg:5432/shop")]
    [InlineData("postgres://me@db.example.org:6543/shop", "db.example.org:6543/shop")]
    public void An_address_is_kept_so_that_it_can_be_read_again(string written, string route)
    {
        var address = PgAddress.Parse(written);

        address.Route.ShouldBe(route);
        address.Stored.ShouldNotContain("secret");
        var again = PgAddress.Parse(address.Stored);
        again.Route.ShouldBe(route);
        again.User.ShouldBe("me");
    }

    [Fact]
    public void A_sessions_settings_are_such_as_a_unix_socket_takes()
    {
        PgAddress.Parse("postgres://me@/shop?host=/run/pg").ForSession("test").TcpKeepAlive.ShouldBeFalse();
        PgAddress.Parse("postgres://me@db/shop").ForSession("test").TcpKeepAlive.ShouldBeTrue();
    }
}
