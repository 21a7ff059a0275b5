using Hdms.Kit.Hosting;
using Hdms.Contracts;

namespace Hdms.Cli.Tests;

public sealed class PathRouterTests
{
    [Theory]
    [InlineData("/a", "a")]
    [InlineData("/a/", "a")]
    [InlineData("/a/b/c", "a")]
    [InlineData("/a/x/messages", "messages")]
    [InlineData("/a/x/messages/7", "messages")]
    [InlineData("/a/fixed/messages", "fixed")]
    [InlineData("/a//messages", "a")]
    [InlineData("/ab", "else")]
    [InlineData("/A", "else")]
    [InlineData("/", "else")]
    [InlineData("", "else")]
    [InlineData("*", "else")]
    public void The_longest_prefix_wins_and_a_name_wins_over_a_star(string path, string winner) =>
        new PathRouter<string>([("/a", "a"), ("/a/*/messages", "messages"), ("/a/fixed/messages", "fixed")], "else").Find(path).ShouldBe(winner);

    [Fact]
    public void No_two_services_claim_the_same_path() =>
        Services.All.SelectMany(s => s.Paths).ShouldBeUnique();
}
