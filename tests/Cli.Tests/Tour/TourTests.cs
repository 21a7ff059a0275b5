namespace Hdms.Cli.Tests.Tour;

/// <summary>The whole way from the old help desk to a database for each service, and back (DESIGN section 13).</summary>
public sealed class TourTests
{
    [Fact]
    public async Task The_tour_goes_all_the_way_and_loses_nothing()
    {
        var result = await RealProgram.RunAsync("demo", "tour", "--scale", "0.003", "--people", "2");

        TestContext.Current.TestOutputHelper?.WriteLine(result.Output);
        result.ExitCode.ShouldBe(ExitCode.Done, result.Output + result.Error);
        result.Output.ShouldSatisfyAllConditions(
            o => o.ShouldContain("Nothing was lost in "),
            o => o.ShouldMatch(@"\nrows that differ +0\n"),
            o => o.ShouldMatch(@"\nthe old help desk took no writes for +\d"),
            o => o.ShouldMatch(@"\nfailed +0\n"),
            o => o.ShouldMatch(@"\nchanges of home: five switches, one back, one there again +7\n"));
    }

    [Fact]
    public async Task The_tour_does_not_go_into_a_folder_that_has_something_in_it()
    {
        using var directory = Testing.TestDirectory.Create();
        await File.WriteAllTextAsync(Path.Combine(directory.Path, "mine"), "mine", TestContext.Current.CancellationToken);

        var result = await RealProgram.RunAsync("demo", "tour", "--into", directory.Path);

        result.ExitCode.ShouldBe(ExitCode.WrongUsage);
        result.Error.ShouldContain("is not empty. Name a folder that is not there yet.");
        Directory.Exists(Path.Combine(directory.Path, "data")).ShouldBeFalse();
    }
}
