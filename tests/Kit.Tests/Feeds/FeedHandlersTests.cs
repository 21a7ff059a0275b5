using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Feeds;

namespace Hdms.Kit.Tests.Feeds;

public sealed class FeedHandlersTests
{
    [Fact]
    public async Task What_one_part_of_a_feed_has_of_a_kind_comes_together_in_its_order_whatever_has_happened_to_it()
    {
        var heard = new List<string>();
        var on = new FeedHandlers()
            .EveryTogether<MessageState>((_, all) =>
            {
                heard.Add(string.Join(", ", all.Select(m => $"{m.State.GetType().Name} {m.State.Message} {m.Event.Streamversion}")));
                return Task.CompletedTask;
            })
            .Every<ParticipantState>((_, p, _) =>
            {
                heard.Add($"{p.GetType().Name}");
                return Task.CompletedTask;
            });

        await on.HandleAsync(null!,
        [
            Event(new MessagePosted { Message = "Is it on?" }, 1), Event(new ParticipantJoined(), 1), Event(new MessageEdited { Message = "Is it off?" }, 2),
            Event(new ParticipantLeft(), 2), Event(new MessagePosted { Message = "It is." }, 1),
        ]);

        heard.ShouldBe(["ParticipantJoined", "ParticipantLeft", "MessagePosted Is it on? 1, MessageEdited Is it off? 2, MessagePosted It is. 1"]);
    }

    [Fact]
    public async Task Types_that_nobody_has_named_are_passed_over()
    {
        var heard = 0;
        var on = new FeedHandlers().EveryTogether<MessageState>((_, all) => Task.FromResult(heard += all.Count));

        await on.HandleAsync(null!, [Event(new ParticipantJoined(), 1)]);

        heard.ShouldBe(0);
        on.Knows(EventShape.Of(typeof(ParticipantJoined)).Name).ShouldBeFalse();
        on.Knows(EventShape.Of(typeof(MessageEdited)).Name).ShouldBeTrue();
    }

    static FeedEvent Event<T>(T state, long version) => new(
        "1.0", $"1.{version}", EventShape.Of(typeof(T)).Name, "urn:hdms:communication", Guid.NewGuid().ToString(), DateTimeOffset.UnixEpoch, "application/json",
        JsonSerializer.SerializeToElement(state, Json.Tolerant), version);
}
