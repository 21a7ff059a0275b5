using Hdms.Kit.Feeds;

namespace Hdms.Kit.Tests.Feeds;

public sealed class FeedRestTests
{
    [Theory]
    [InlineData(1, 10_000, 50)]
    [InlineData(3, 150, 50)]
    [InlineData(20, 200, 250)]
    [InlineData(60, 400, 375)]
    [InlineData(199, 60, 400)]
    [InlineData(5, 0, 400)]
    public void The_more_comes_in_a_second_the_longer_is_the_rest(int events, int sinceMilliseconds, int restMilliseconds) =>
        FeedRest.Length(events, TimeSpan.FromMilliseconds(sinceMilliseconds)).TotalMilliseconds.ShouldBe(restMilliseconds, 0.001);

    [Fact]
    public async Task A_long_rest_ends_early_when_somebody_waits()
    {
        var clock = new ManualClock();
        var rest = new FeedRest(clock);

        var taken = rest.TakeAsync(100, TestContext.Current.CancellationToken);
        rest.End();
        clock.Advance(TimeSpan.FromMilliseconds(50));

        await taken.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_long_rest_goes_on_while_nobody_waits()
    {
        var clock = new ManualClock();
        var rest = new FeedRest(clock);
        var began = clock.GetUtcNow();

        var taken = rest.TakeAsync(100, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(taken.IsCompleted ? 0 : 25));
                return Task.FromResult(taken.IsCompleted);
            },
            "the end of the rest");

        (clock.GetUtcNow() - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(400));
    }
}
