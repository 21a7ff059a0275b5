namespace Hdms.Kit.Problems;

/// <summary>A stable problem code with its HTTP status and title. The list is fixed by API.md; a test causes every one that a route documents.</summary>
public sealed record ProblemCode(string Name, int Status, string Title)
{
    public string Type => $"urn:hdms:problem:{Name}";
}

/// <summary>Every problem that HDMS answers with.</summary>
public static class Codes
{
    public static readonly ProblemCode Malformed = new("malformed", 400, "The request can't be read");
    public static readonly ProblemCode Unauthenticated = new("unauthenticated", 401, "Sign in first");
    public static readonly ProblemCode Forbidden = new("forbidden", 403, "You may not do this");
    public static readonly ProblemCode NotFound = new("not_found", 404, "There is no such thing");
    public static readonly ProblemCode MethodNotAllowed = new("method_not_allowed", 405, "This can't be done to that");
    public static readonly ProblemCode NotAcceptable = new("not_acceptable", 406, "The answer can't be given in that form");
    public static readonly ProblemCode VersionConflict = new("version_conflict", 409, "Somebody changed it in the meantime");
    public static readonly ProblemCode IdempotencyInFlight = new("idempotency_in_flight", 409, "The same request is still being worked on");
    public static readonly ProblemCode DepartmentInUse = new("department_in_use", 409, "The department is in use");
    public static readonly ProblemCode AlreadyExists = new("already_exists", 409, "There is one like it already");
    public static readonly ProblemCode AlreadyDecided = new("already_decided", 409, "It has been decided already");
    public static readonly ProblemCode AlreadyClaimed = new("already_claimed", 409, "Somebody else has it");
    public static readonly ProblemCode ReopenLimit = new("reopen_limit", 409, "It can not be reopened again");
    public static readonly ProblemCode OpenSubTickets = new("open_sub_tickets", 409, "Sub-tickets are still open");
    public static readonly ProblemCode DepartmentFull = new("department_full", 409, "The department has no room");
    public static readonly ProblemCode ChatClosed = new("chat_closed", 409, "The chat takes no more messages");
    public static readonly ProblemCode EditExpired = new("edit_expired", 409, "The time for changing it is over");
    public static readonly ProblemCode UndoExpired = new("undo_expired", 409, "The time for undoing is over");
    public static readonly ProblemCode UndoNotLast = new("undo_not_last", 409, "Something has happened since");
    public static readonly ProblemCode LogWentBack = new("log_went_back", 409, "The log is shorter than the position asked for");
    public static readonly ProblemCode ScanPending = new("scan_pending", 409, "It is not known yet whether the file is clean");
    public static readonly ProblemCode OffsetMismatch = new("offset_mismatch", 409, "The upload goes on elsewhere");
    public static readonly ProblemCode Infected = new("infected", 410, "The file was infected, and is gone");
    public static readonly ProblemCode LinkExpired = new("link_expired", 410, "The time of the link is over");
    public static readonly ProblemCode PreconditionFailed = new("precondition_failed", 412, "It is not the version you have seen");
    public static readonly ProblemCode BodyTooLarge = new("body_too_large", 413, "The request is too large");
    public static readonly ProblemCode FileTooLarge = new("file_too_large", 413, "The file is too large");
    public static readonly ProblemCode TicketQuota = new("ticket_quota", 413, "The ticket has no room for it");
    public static readonly ProblemCode UploadQuota = new("upload_quota", 413, "Too much was uploaded that is attached to nothing");
    public static readonly ProblemCode TypeNotAllowed = new("type_not_allowed", 415, "Files of this type are not taken");
    public static readonly ProblemCode RangeNotSatisfiable = new("range_not_satisfiable", 416, "The file is shorter than that");
    public static readonly ProblemCode UploadLocked = new("upload_locked", 423, "The upload is being written to");
    public static readonly ProblemCode ChecksumMismatch = new("checksum_mismatch", 460, "What came is not what was sent");
    public static readonly ProblemCode UnsupportedMediaType = new("unsupported_media_type", 415, "The request is of a type that is not read here");
    public static readonly ProblemCode ValidationFailed = new("validation_failed", 422, "Something in the request is wrong");
    public static readonly ProblemCode UnknownReference = new("unknown_reference", 422, "The request refers to something that does not exist");
    public static readonly ProblemCode InvalidTransition = new("invalid_transition", 422, "That can't be done in this state");
    public static readonly ProblemCode SelfApproval = new("self_approval", 422, "Nobody approves their own request");
    public static readonly ProblemCode IdempotencyMismatch = new("idempotency_mismatch", 422, "That key was used for another request");
    public static readonly ProblemCode RateLimited = new("rate_limited", 429, "Too many requests");
    public static readonly ProblemCode InternalError = new("internal_error", 500, "Something went wrong here");
    public static readonly ProblemCode ReferenceUnavailable = new("reference_unavailable", 503, "A service that has to be asked does not answer");
    public static readonly ProblemCode Moving = new("moving", 503, "A database is changing its home");
    public static readonly ProblemCode Unavailable = new("unavailable", 503, "Not able to answer at the moment");

    public static readonly IReadOnlyList<ProblemCode> All =
    [
        Malformed, Unauthenticated, Forbidden, NotFound, MethodNotAllowed, NotAcceptable, VersionConflict, IdempotencyInFlight,
        DepartmentInUse, AlreadyExists, AlreadyDecided, AlreadyClaimed, ReopenLimit, OpenSubTickets, DepartmentFull, ChatClosed, EditExpired,
        UndoExpired, UndoNotLast, LogWentBack, ScanPending, OffsetMismatch, Infected, LinkExpired, PreconditionFailed, BodyTooLarge,
        FileTooLarge, TicketQuota, UploadQuota, TypeNotAllowed, RangeNotSatisfiable, UploadLocked, ChecksumMismatch, UnsupportedMediaType,
        ValidationFailed, UnknownReference, InvalidTransition, SelfApproval, IdempotencyMismatch, RateLimited, InternalError,
        ReferenceUnavailable, Moving, Unavailable,
    ];

    /// <summary>The code for a status that the framework answered with by itself, such as 405 for a route without that method.</summary>
    public static ProblemCode Of(int status) => status switch
    {
        400 => Malformed,
        401 => Unauthenticated,
        403 => Forbidden,
        404 => NotFound,
        405 => MethodNotAllowed,
        406 => NotAcceptable,
        413 => BodyTooLarge,
        415 => UnsupportedMediaType,
        422 => ValidationFailed,
        429 => RateLimited,
        503 => Unavailable,
        _ => InternalError,
    };
}
