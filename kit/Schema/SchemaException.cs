namespace Hdms.Kit.Schema;

/// <summary>The schema in the database and the program do not go together; the message says which, and what to do.</summary>
public sealed class SchemaException(string message, Exception? inner = null) : Exception(message, inner);
