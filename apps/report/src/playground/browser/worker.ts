// Entry of a thread of a training, by the name under which @mikt/algos looks for it beside the trainer's script.
import '@mikt/algos/worker';
