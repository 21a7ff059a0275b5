using Hdms.Files.Files;

namespace Hdms.Files.Attachments;

/// <summary>What files are attached to, as the caller sees it.</summary>
/// <param name="TicketId">The ticket itself, or the one to which sub-ticket or message belong.</param>
/// <param name="MayUpload">The caller may add attachments.</param>
/// <param name="MayRemove">The caller may take attachments away.</param>
sealed record Target(Guid TicketId, Guid? SubTicketId, Guid? MessageId, bool MayUpload, bool MayRemove)
{
    /// <summary>The rows of <c>attachments AS r</c> that hang on it.</summary>
    public string Where => SubTicketId is not null ? "r.sub_ticket_id = @SubTicketId" : MessageId is not null ? "r.chat_message_id = @MessageId" : "r.ticket_id = @TicketId";

    public bool IsOf(Attachment file) => SubTicketId is not null ? file.SubTicketId == SubTicketId : MessageId is not null ? file.ChatMessageId == MessageId : file.TicketId == TicketId;

    public Attachment Link(Attachment file) => file with
    {
        TicketId = SubTicketId is null && MessageId is null ? TicketId : null,
        SubTicketId = SubTicketId,
        ChatMessageId = MessageId,
        OfTicketId = TicketId,
    };
}

/// <summary>The kinds of things that files are attached to, as in addresses.</summary>
enum TargetKind
{
    Ticket,
    SubTicket,
    Message,
}

static class TargetKinds
{
    public static string Path(this TargetKind kind) => kind switch
    {
        TargetKind.SubTicket => "subtickets",
        TargetKind.Message => "messages",
        _ => "tickets",
    };

    public static string Words(this TargetKind kind) => kind switch
    {
        TargetKind.SubTicket => "sub-ticket",
        TargetKind.Message => "message",
        _ => "ticket",
    };
}
