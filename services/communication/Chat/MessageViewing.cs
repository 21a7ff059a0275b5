using Hdms.Communication.Organisation;
using Hdms.Contracts;
using Npgsql;

namespace Hdms.Communication.Chat;

/// <summary>Shows messages, with the names that belong to them.</summary>
static class MessageViewing
{
    public static async Task<MessageView> OneAsync(NpgsqlConnection connection, ChatMessage message, CancellationToken ct) =>
        (await ManyAsync(connection, [message], ct))[0];

    public static async Task<IReadOnlyList<MessageView>> ManyAsync(NpgsqlConnection connection, IReadOnlyList<ChatMessage> messages, CancellationToken ct)
    {
        var names = await Names.ReadAsync(connection, messages.Select(m => m.SenderId), ct);
        return [.. messages.Select(m => View(m, m.Version, names))];
    }

    public static MessageView View(MessageState m, long version, Names names) => new(
        m.Id, m.TicketId, m.SessionNo, m.Number, names.Person(m.SenderId), m.IsDeleted ? null : m.Message, m.IsDeleted ? null : MessageHtml.Of(m.Message),
        m.IsDeleted ? [] : m.Mentions, m.IsSystem, m.EditedAt, m.IsDeleted, m.CreatedAt, m.UpdatedAt, version);
}
