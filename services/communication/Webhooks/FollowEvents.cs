using System.Text.Json.Serialization;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;

namespace Hdms.Communication.Webhooks;

/// <summary>Hears of what webhooks are told of: ids, numbers and versions of things, by which a receiver reads the rest as far as it may.</summary>
static class FollowEvents
{
    static readonly HashSet<string> Published = [.. WebhookEvents.All];

    public static void OfTickets(FeedHandlers on) => on
        // A draft is its owner's alone.
        .Every<TicketState>((unit, t, e) => t.Status == TicketStatus.Draft ? Task.CompletedTask : AddAsync(unit, e, new(t.Id) { Number = t.Number, Version = e.Streamversion }))
        .Every<SubTicketState>((unit, s, e) => AddAsync(unit, e, new(s.ParentTicketId) { SubTicketId = s.Id, Number = s.Number, Version = e.Streamversion }))
        .Event<TicketAlerted>((unit, a, e) => AddAsync(unit, e, new(a.TicketId) { Number = a.Number, Alert = a.Kind }));

    public static void OfMessages(FeedHandlers on) => on
        .Every<MessageState>((unit, m, e) => AddAsync(unit, e, new(m.TicketId) { MessageId = m.Id, MessageNumber = m.Number, Version = e.Streamversion }));

    static async Task AddAsync(UnitOfWork unit, FeedEvent e, Told data)
    {
        if (!Published.Contains(e.Type))
        {
            return;
        }

        // Nobody turns one off in the meantime, which would leave a delivery that nobody sends.
        var hooks = await unit.QueryAsync<Guid>(
            "SELECT id FROM webhooks WHERE is_active AND NOT is_deleted AND active_since <= @Time AND (event_types IS NULL OR @Type = ANY(event_types)) ORDER BY id FOR SHARE",
            new { e.Time, e.Type });
        foreach (var hook in hooks)
        {
            await DeliveryTable.AddAsync(unit, hook, $"{e.Source.Split(':')[^1]}:{e.Id}", e.Type, e.Time, data);
        }
    }

    /// <summary>What an event is about.</summary>
    sealed record Told(Guid TicketId)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public Guid? SubTicketId { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public Guid? MessageId { get; init; }

        /// <summary>The ticket's, or the sub-ticket's.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Number { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? MessageNumber { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public TicketAlert? Alert { get; init; }

        /// <summary>Of the thing after the event: what comes with a lower one than is known is old.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? Version { get; init; }
    }
}
